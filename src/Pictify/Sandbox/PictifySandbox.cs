using System.Globalization;

namespace Pictify.Sandbox;

/// <summary>
/// A Pictify in memory: it keeps its state, holds the rules of the API's public reference, and answers as the service
/// is documented to. For trying, rehearsing and testing; nothing in it leaves the process.
/// </summary>
public sealed partial class PictifySandbox
{
    private readonly PictifySandboxOptions _options;
    private readonly object _sync = new();
    private readonly List<Experiment> _experiments = [];
    private readonly Dictionary<string, Experiment> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _requests = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _started;
    private DateTimeOffset _windowStart;
    private int _windowRequests;

    /// <summary>A sandbox with the believable handful of experiments.</summary>
    public PictifySandbox()
        : this(new PictifySandboxOptions()) { }

    /// <summary>A sandbox that behaves as the options say.</summary>
    public PictifySandbox(PictifySandboxOptions options)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        _started = _windowStart = options.TimeProvider.GetUtcNow();
        foreach (Experiment experiment in options.Experiments ?? SandboxSeed.Handful(_started))
        {
            Add(experiment);
        }
    }

    /// <summary>Its name, unique in the process.</summary>
    public string Id { get; } = $"sandbox-{Guid.NewGuid():N}";

    /// <summary>The address that requests to it bear; nothing listens there.</summary>
    public Uri BaseUri { get; } = new("https://sandbox.invalid/");

    /// <summary>The sandbox's clock, which connections to it take over.</summary>
    internal TimeProvider TimeProvider => _options.TimeProvider;

    /// <summary>How many requests came, by what they asked for, such as <c>GET list</c> or <c>POST pause</c>.</summary>
    public IReadOnlyDictionary<string, int> Requests
    {
        get
        {
            lock (_sync)
            {
                return new Dictionary<string, int>(_requests);
            }
        }
    }

    /// <summary>How many requests came that change something, whatever they were answered.</summary>
    public int ChangeRequests =>
        Requests.Where(static r => !r.Key.StartsWith("GET ", StringComparison.Ordinal)).Sum(static r => r.Value);

    /// <summary>A copy of every experiment, as it stands now.</summary>
    public IReadOnlyList<Experiment> Experiments
    {
        get
        {
            lock (_sync)
            {
                return [.. _experiments.Select(static experiment => experiment with { })];
            }
        }
    }

    /// <summary>Replaces everything by this many generated running experiments, every second one named Hero.</summary>
    public void Generate(int count)
    {
        lock (_sync)
        {
            _experiments.Clear();
            _byUid.Clear();
            foreach (Experiment experiment in SandboxSeed.Many(count, _started))
            {
                Add(experiment);
            }
        }
    }

    /// <summary>Begins a new window of the rate limit, on the present second: the reset's header tells whole ones.</summary>
    public void RestartRateLimitWindow()
    {
        lock (_sync)
        {
            _windowStart = DateTimeOffset.FromUnixTimeSeconds(_options.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
            _windowRequests = 0;
        }
    }

    /// <summary>Adds one, at the end of the list.</summary>
    public void Add(Experiment experiment)
    {
        if (experiment is null)
        {
            throw new ArgumentNullException(nameof(experiment));
        }

        lock (_sync)
        {
            _experiments.Add(experiment);
            _byUid.Add(experiment.Uid, experiment);
        }
    }

    internal async Task<SandboxAnswer> AnswerAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        SandboxFault fault;
        lock (_sync)
        {
            fault = NextFault();
        }

        TimeSpan wait = _options.Latency + (fault == SandboxFault.Latency ? _options.Faults!.Delay : TimeSpan.Zero);
        if (wait > TimeSpan.Zero)
        {
            await Platform.Delay(_options.TimeProvider, wait, cancellationToken).ConfigureAwait(false);
        }

        lock (_sync)
        {
            (string name, Func<SandboxAnswer> answer) = Route(request);
            _requests[name] = _requests.TryGetValue(name, out int count) ? count + 1 : 1;

            DateTimeOffset now = _options.TimeProvider.GetUtcNow();
            bool isPublic = name.IndexOf(" /s/", StringComparison.Ordinal) > 0;
            SandboxAnswer result =
                FailBefore(fault)
                ?? FailAfter(fault, (isPublic ? null : Authenticate(request) ?? LimitRate(now)) ?? answer());

            // A repeated answer is the cached one: its headers are not.
            result = result with
            {
                Headers = new Dictionary<string, string>(result.Headers, StringComparer.OrdinalIgnoreCase),
            };
            TimeSpan wrong = fault == SandboxFault.WrongClock ? _wrongBy : TimeSpan.Zero;
            result.Headers["Date"] = (now + wrong).ToString("R", CultureInfo.InvariantCulture);
            result.Headers["X-RateLimit-Limit"] = Text(_options.RateLimit);
            result.Headers["X-RateLimit-Remaining"] = Text(Math.Max(0, _options.RateLimit - _windowRequests));
            result.Headers["X-RateLimit-Reset"] = Text(CeilingSeconds(WindowEnd + wrong));
            return result;
        }
    }

    private (string Name, Func<SandboxAnswer> Answer) Route(SandboxRequest request)
    {
        // A base URI may carry a path prefix such as /v1.
        string[] all = request.Segments;
        int start = Array.FindIndex(all, static part => part is "experiments" or "s" or "rendered");
        string[] parts = start < 0 ? [] : [.. all.Skip(start)];
        if (parts.Length > 1 && parts[0] == "experiments" && parts[1] == "api" && _options.HasExperiments)
        {
            return RouteExperiments(request, parts);
        }

        return parts.Length > 1 && parts[0] is "s" or "rendered" ? RoutePublic(request, parts) : Unknown(request);
    }

    private (string Name, Func<SandboxAnswer> Answer) RouteExperiments(SandboxRequest request, string[] parts) =>
        (request.Method, parts.Length, parts.Length == 4 ? parts[3] : null) switch
        {
            ("GET", 2, _) => ("GET list", () => List(request)),
            ("POST", 2, _) => ("POST create", () => Once(request, () => Create(request))),
            ("GET", 3, _) when parts[2] == "quota" => ("GET quota", Quota),
            ("GET", 3, _) => ("GET experiment", () => Get(parts[2])),
            ("PUT", 3, _) => ("PUT experiment", () => Update(request, parts[2])),
            ("DELETE", 3, _) => ("DELETE experiment", () => Delete(parts[2])),
            ("POST", 4, "pause") => (
                "POST pause",
                () => Once(request, () => Transition(parts[2], ExperimentStatus.Paused, "paused"))
            ),
            ("POST", 4, "start") => (
                "POST start",
                () => Once(request, () => Transition(parts[2], ExperimentStatus.Running, "started"))
            ),
            ("POST", 4, "complete") => ("POST complete", () => Once(request, () => Complete(request, parts[2]))),
            _ => Unknown(request),
        };

    private static (string Name, Func<SandboxAnswer> Answer) Unknown(SandboxRequest request) =>
        ($"{request.Method} unknown", static () => SandboxAnswer.NotFound("such endpoint"));

    private SandboxAnswer? Authenticate(SandboxRequest request)
    {
        if (_options.AcceptKey is not { } accept)
        {
            return null;
        }

        const string scheme = "Bearer ";
        string? authorization = request.Header("Authorization");
        return
            authorization?.StartsWith(scheme, StringComparison.Ordinal) == true
            && accept(authorization.Substring(scheme.Length))
            ? null
            : SandboxAnswer.Problem(
                401,
                "unauthorized",
                "Unauthorized",
                "The API key is missing, malformed or revoked."
            );
    }

    private DateTimeOffset WindowEnd => _windowStart + _options.RateLimitWindow;

    private SandboxAnswer? LimitRate(DateTimeOffset now)
    {
        while (now >= WindowEnd)
        {
            _windowStart = now - WindowEnd < _options.RateLimitWindow ? WindowEnd : now;
            _windowRequests = 0;
        }

        if (_windowRequests < _options.RateLimit)
        {
            _windowRequests++;
            return null;
        }

        int wait = (int)Math.Ceiling((WindowEnd - now).TotalSeconds);
        SandboxAnswer answer = SandboxAnswer.Problem(
            429,
            "rate_limit_exceeded",
            "Rate limit exceeded",
            $"The limit of {_options.RateLimit} requests is spent.",
            ("retryAfter", wait)
        );
        answer.Headers["Retry-After"] = Text(wait);
        return answer;
    }

    private SandboxAnswer List(SandboxRequest request)
    {
        if (
            !TryNumber(request.Query("page"), 1, int.MaxValue, 1, out int page)
            || !TryNumber(request.Query("limit"), 1, 100, 20, out int limit)
        )
        {
            return Invalid("page", "page is 1 or more, limit 1 to 100");
        }

        IEnumerable<Experiment> matching = _experiments.Where(static e => e.Status != ExperimentStatus.Archived);
        if (request.Query("status") is { } status)
        {
            if (!ExperimentRules.IsFilter(ApiName.Parse<ExperimentStatus>(status)))
            {
                return Invalid("status", $"'{status}' is no status to filter by");
            }

            matching = matching.Where(e => e.StatusText == status);
        }

        if (request.Query("type") is { } type)
        {
            if (ApiName.Parse<ExperimentType>(type) == ExperimentType.Unknown)
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
        return SandboxAnswer.Json(200, body, PictifyJson.Default.ExperimentListBody);
    }

    private SandboxAnswer Get(string uid) => Find(uid) is { } experiment ? Show(experiment) : NoSuch(uid);

    private SandboxAnswer Quota()
    {
        PlanLimits plan = ExperimentRules.LimitsOf(_options.Plan);
        QuotaUse Use(ExperimentType type, int? limit) => new() { Used = CountUsed(type), Limit = limit };
        var quota = new ExperimentQuota
        {
            Plan = _options.Plan,
            Quota = new Dictionary<string, QuotaUse>
            {
                ["ab_test"] = Use(ExperimentType.AbTest, plan.AbTests),
                ["smart_link"] = Use(ExperimentType.SmartLink, plan.SmartLinks),
                ["scheduled"] = Use(ExperimentType.Scheduled, plan.Scheduled),
            },
            MaxVariants = plan.MaxVariants,
            AnalyticsRetentionDays = plan.RetentionDays,
        };
        return SandboxAnswer.Json(200, quota, PictifyJson.Default.ExperimentQuota);
    }

    private Experiment? Find(string uid) =>
        _byUid.TryGetValue(uid, out Experiment? experiment) && experiment.Status != ExperimentStatus.Archived
            ? experiment
            : null;

    private static SandboxAnswer Show(Experiment experiment, int status = 200) =>
        SandboxAnswer.Json(status, new ExperimentBody { Experiment = experiment }, PictifyJson.Default.ExperimentBody);

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
