using System.Globalization;

namespace Pictify.Sandbox;

/// <content>The requests that read: the list, one experiment, the quota.</content>
public sealed partial class PictifySandbox
{
    private SandboxAnswer List(SandboxRequest request)
    {
        if (!TryNumber(request.Query("page"), 1, int.MaxValue, 1, out int page))
        {
            return Invalid("page", "must be 1 or more");
        }

        if (!TryNumber(request.Query("limit"), 1, ExperimentRules.MaximumPageSize, 20, out int limit))
        {
            return Invalid("limit", $"must be 1 to {ExperimentRules.MaximumPageSize}");
        }

        string team = TeamOf(request);
        IEnumerable<Experiment> matching = _experiments.Where(e =>
            e.Status != ExperimentStatus.Archived && IsOf(e.Uid, team)
        );
        if (request.Query("status") is { } status)
        {
            ExperimentStatus wanted = ApiName.Parse<ExperimentStatus>(status);
            if (!ExperimentRules.IsFilter(wanted) || ApiName.Of(wanted) != status)
            {
                return Invalid("status", $"'{status}' is no status to filter by");
            }

            matching = matching.Where(e => e.StatusText == status);
        }

        if (request.Query("type") is { } type)
        {
            if (ApiName.Of(ApiName.Parse<ExperimentType>(type)) != type)
            {
                return Invalid("type", $"'{type}' is no type to filter by");
            }

            matching = matching.Where(e => e.TypeText == type);
        }

        List<Experiment> all = [.. matching];
        var body = new ExperimentListBody
        {
            Experiments = [.. all.Skip((int)Math.Min((long)(page - 1) * limit, int.MaxValue)).Take(limit)],
            Total = all.Count,
            Page = page,
            Limit = limit,
        };
        return SandboxAnswer.Json(200, body, SandboxJson.List);
    }

    private SandboxAnswer Get(SandboxRequest request, string uid) =>
        Find(request, uid) is { } experiment ? Show(experiment) : NoSuch(uid);

    private SandboxAnswer Quota(SandboxRequest request)
    {
        string team = TeamOf(request);
        PlanLimits plan = PlanLimits.OfPlan(_options.Plan);
        ExperimentType[] types = [ExperimentType.AbTest, ExperimentType.SmartLink, ExperimentType.Scheduled];
        var quota = new ExperimentQuota
        {
            Plan = _options.Plan,
            Quota = types.ToDictionary(
                static type => ApiName.Of(type)!,
                type => new QuotaUse { Used = CountUsed(type, team), Limit = plan.Of(type) }
            ),
            MaxVariants = plan.MaxVariants,
            AnalyticsRetentionDays = plan.RetentionDays,
        };
        return SandboxAnswer.Json(200, quota, SandboxJson.Quota);
    }

    /// <summary>Another team's experiment is treated as one that does not exist.</summary>
    private Experiment? Find(SandboxRequest request, string uid) =>
        _byUid.TryGetValue(uid, out Experiment? experiment)
        && experiment.Status != ExperimentStatus.Archived
        && IsOf(uid, TeamOf(request))
            ? experiment
            : null;

    private static SandboxAnswer Show(Experiment experiment, int status = 200) =>
        SandboxAnswer.Json(status, new ExperimentBody { Experiment = experiment }, SandboxJson.One);

    private static SandboxAnswer NoSuch(string uid) => SandboxAnswer.NotFound($"experiment '{uid}'");

    private static bool TryNumber(string? text, int least, int most, int otherwise, out int number)
    {
        number = otherwise;
        return text is null
            || (
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
                && number >= least
                && number <= most
            );
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long CeilingSeconds(DateTimeOffset time) =>
        (time.AddTicks(TimeSpan.TicksPerSecond - 1)).ToUnixTimeSeconds();
}
