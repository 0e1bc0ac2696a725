using System.Globalization;

namespace Pictify.Sandbox;

/// <summary>
/// A Pictify in memory: it keeps its state, holds the rules of the API's public reference, and answers as the service
/// is documented to. For trying, rehearsing and testing; nothing in it leaves the process.
/// </summary>
public sealed partial class PictifySandbox
{
    private const string RateLimitCode = "rate_limit_exceeded";
    private const string OwnTeam = "";
    private const string KeyScheme = "Bearer ";

    /// <summary>The window of public requests, whose limit is one a minute for an address.</summary>
    private static readonly TimeSpan _publicWindow = TimeSpan.FromMinutes(1);

    private readonly object _sync = new();
    private readonly List<Experiment> _experiments = [];
    private readonly Dictionary<string, Experiment> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _requests = new(StringComparer.Ordinal);
    private PictifySandboxOptions _options;
    private TaskCompletionSource<bool>? _held;
    private int _inProgress;
    private int _mostAtOnce;

    /// <summary>The rate limit's windows: one for each key, and one for each kind of public request that is limited.</summary>
    private readonly Dictionary<string, RateWindow> _windows = new(StringComparer.Ordinal);

    /// <summary>When windows of keys that were not seen yet begin.</summary>
    private DateTimeOffset _windowsSince;

    /// <summary>Whose an experiment is; those of the team without a name are not listed.</summary>
    private readonly Dictionary<string, string> _teams = new(StringComparer.Ordinal);

    /// <summary>A sandbox with the believable handful of experiments.</summary>
    public PictifySandbox()
        : this(new PictifySandboxOptions()) { }

    /// <summary>A sandbox that behaves as the options say.</summary>
    public PictifySandbox(PictifySandboxOptions options)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        Reset();
    }

    /// <summary>
    /// How it behaves. It may be replaced at any time, and holds for the requests that come from then on; other faults
    /// are counted from then on too. The experiments in it are those of the next <see cref="Reset"/>.
    /// </summary>
    public PictifySandboxOptions Options
    {
        get
        {
            lock (_sync)
            {
                return _options;
            }
        }
        set
        {
            lock (_sync)
            {
                if (!ReferenceEquals(value?.Faults, _options.Faults))
                {
                    RestartFaults();
                }

                _options = value ?? throw new ArgumentNullException(nameof(value));
            }
        }
    }

    /// <summary>While true, every request that comes waits before it is processed.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_sync)
            {
                return _held is not null;
            }
        }
        set
        {
            lock (_sync)
            {
                if (value)
                {
                    _held ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                }
                else
                {
                    _held?.SetResult(true);
                    _held = null;
                }
            }
        }
    }

    /// <summary>Its name, unique in the process.</summary>
    public string Id { get; } = $"sandbox-{Guid.NewGuid():N}";

    /// <summary>Reads as its name.</summary>
    public override string ToString() => Id;

    /// <summary>The address that requests to it bear; nothing listens there.</summary>
    public Uri BaseUri { get; } = new("https://sandbox.invalid/");

    /// <summary>The sandbox's clock, which connections to it take over.</summary>
    internal TimeProvider TimeProvider => Options.TimeProvider;

    /// <summary>The largest number of requests that were in progress at once.</summary>
    public int MostAtOnce
    {
        get
        {
            lock (_sync)
            {
                return _mostAtOnce;
            }
        }
    }

    /// <summary>Requests that have come and are not answered yet.</summary>
    internal int InProgress
    {
        get
        {
            lock (_sync)
            {
                return _inProgress;
            }
        }
    }

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

    /// <summary>A copy of every experiment of the sandbox's own team, as it stands now.</summary>
    public Experiment[] Experiments => ExperimentsOf(OwnTeam);

    /// <summary>A copy of every experiment of a team, as it stands now.</summary>
    /// <param name="team">As <see cref="PictifySandboxOptions.TeamOf"/> names it.</param>
    public Experiment[] ExperimentsOf(string team)
    {
        lock (_sync)
        {
            return
            [
                .. _experiments
                    .Where(experiment => IsOf(experiment.Uid, team))
                    .Select(static experiment => experiment with { }),
            ];
        }
    }

    /// <summary>Begins again, by the present options: their experiments, and no request so far.</summary>
    public void Reset()
    {
        lock (_sync)
        {
            DateTimeOffset now = _options.TimeProvider.GetUtcNow();
            if (_options.Experiments is { } given)
            {
                Replace(given);
            }
            else
            {
                Put(SandboxSeed.Handful(now));
            }

            _requests.Clear();
            _answers.Clear();
            _created = _served = 0;
            _mostAtOnce = _inProgress;
            _windows.Clear();
            _windowsSince = now;
            _steps = 0;
            AppliedChanges = 0;
            RestartFaults();
        }
    }

    /// <summary>Replaces every experiment by copies of these.</summary>
    public void Replace(IReadOnlyList<Experiment> experiments)
    {
        if (experiments is null)
        {
            throw new ArgumentNullException(nameof(experiments));
        }

        lock (_sync)
        {
            // The sandbox changes what it holds: the next reset needs the experiments as they were given.
            Put(experiments.Select(static experiment => PlainJson.To<Experiment>(experiment)));
        }
    }

    /// <summary>Replaces everything by this many generated running experiments, every second one named Hero.</summary>
    public void Generate(int count)
    {
        lock (_sync)
        {
            Put(SandboxSeed.Many(count, _options.TimeProvider.GetUtcNow()));
        }
    }

    private void Put(IEnumerable<Experiment> experiments)
    {
        _experiments.Clear();
        _byUid.Clear();
        _teams.Clear();
        foreach (Experiment experiment in experiments)
        {
            Add(experiment);
        }

        foreach (KeyValuePair<string, Experiment[]> other in _options.OtherTeams)
        {
            foreach (Experiment experiment in other.Value)
            {
                Add(PlainJson.To<Experiment>(experiment), other.Key);
            }
        }
    }

    /// <summary>Begins a new window of the rate limit, on the present second: the reset's header tells whole ones.</summary>
    internal void RestartRateLimitWindow()
    {
        lock (_sync)
        {
            _windows.Clear();
            _windowsSince = DateTimeOffset.FromUnixTimeSeconds(_options.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
        }
    }

    /// <summary>Adds one to the sandbox's own team, at the end of the list.</summary>
    public void Add(Experiment experiment) => Add(experiment, OwnTeam);

    private void Add(Experiment experiment, string team)
    {
        if (experiment is null)
        {
            throw new ArgumentNullException(nameof(experiment));
        }

        lock (_sync)
        {
            _byUid.Add(experiment.Uid, experiment);
            _experiments.Add(experiment);
            if (team.Length > 0)
            {
                _teams[experiment.Uid] = team;
            }
        }
    }

    internal async Task<SandboxAnswer> AnswerAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        PictifySandboxOptions options;
        SandboxFault fault;
        lock (_sync)
        {
            options = _options;
            fault = NextFault();
            string name = Route(request).Name;
            _requests[name] = _requests.TryGetValue(name, out int count) ? count + 1 : 1;
            _mostAtOnce = Math.Max(_mostAtOnce, ++_inProgress);
        }

        try
        {
            TimeSpan wait = options.Latency + (fault == SandboxFault.Latency ? options.Faults!.Delay : TimeSpan.Zero);
            if (wait > TimeSpan.Zero)
            {
                await Platform.Delay(options.TimeProvider, wait, cancellationToken).ConfigureAwait(false);
            }

            while (Held is { } held)
            {
                await Platform.WaitAsync(held, cancellationToken).ConfigureAwait(false);
            }

            lock (_sync)
            {
                return Process(request, fault, options.Faults);
            }
        }
        finally
        {
            // Before the answer is on its way: a client that has it may send the next request at once.
            lock (_sync)
            {
                _inProgress--;
            }
        }
    }

    private Task? Held
    {
        get
        {
            lock (_sync)
            {
                return _held?.Task;
            }
        }
    }

    private SandboxAnswer Process(SandboxRequest request, SandboxFault fault, SandboxFaults? faults)
    {
        (string name, Func<SandboxAnswer> answer) = Route(request);
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        bool isPublic = name.IndexOf(" /s/", StringComparison.Ordinal) > 0;
        RateWindow? window = WindowOf(request, name, isPublic, now);
        SandboxAnswer result =
            FailBefore(fault, faults)?.In(_options.Style, request)
            ?? FailAfter(
                fault,
                (
                    (isPublic ? null : Authenticate(request))
                    ?? LimitRate(window, now)
                    ?? RefuseEmptyJson(request)
                    ?? answer()
                ).In(_options.Style, request)
            );

        // A repeated answer is the cached one: its headers are not.
        result = result with
        {
            Headers = new Dictionary<string, string>(result.Headers, StringComparer.OrdinalIgnoreCase),
        };
        TimeSpan wrong = fault == SandboxFault.WrongClock ? _wrongBy : TimeSpan.Zero;
        result.Headers["Date"] = (now + wrong).ToString("R", CultureInfo.InvariantCulture);
        if (window is not null && (_options.Style == SandboxStyle.Problem || result.Refusal is { Code: RateLimitCode }))
        {
            result.Headers["X-RateLimit-Limit"] = Text(window.Limit);
            result.Headers["X-RateLimit-Remaining"] = Text(Math.Max(0, window.Limit - window.Requests));
            result.Headers["X-RateLimit-Reset"] = Text(CeilingSeconds(window.End + wrong));
        }

        return result;
    }

    private (string Name, Func<SandboxAnswer> Answer) Route(SandboxRequest request)
    {
        string[] parts = request.Segments;
        if (parts.Length > 1 && parts[0] == "experiments" && parts[1] == "api")
        {
            return _options.HasExperiments ? RouteExperiments(request, parts) : NoExperiments(request);
        }

        return parts.Length > 1 && parts[0] is "s" or "rendered" ? RoutePublic(request, parts) : Unknown(request);
    }

    private (string Name, Func<SandboxAnswer> Answer) RouteExperiments(SandboxRequest request, string[] parts) =>
        (request.Method, parts.Length, parts.Length == 4 ? parts[3] : null) switch
        {
            ("GET", 2, _) => ("GET list", () => List(request)),
            ("POST", 2, _) => ("POST create", () => Once(request, () => Create(request))),
            ("GET", 3, _) when parts[2] == "quota" => ("GET quota", () => Quota(request)),
            ("GET", 3, _) => ("GET experiment", () => Get(request, parts[2])),
            ("PUT", 3, _) => ("PUT experiment", () => Update(request, parts[2])),
            ("DELETE", 3, _) => ("DELETE experiment", () => Delete(request, parts[2])),
            ("POST", 4, "pause") => (
                "POST pause",
                () => Once(request, () => Transition(request, parts[2], ExperimentStatus.Paused, "paused"))
            ),
            ("POST", 4, "start") => (
                "POST start",
                () => Once(request, () => Transition(request, parts[2], ExperimentStatus.Running, "started"))
            ),
            ("POST", 4, "complete") => ("POST complete", () => Once(request, () => Complete(request, parts[2]))),
            _ => Unknown(request),
        };

    private static (string Name, Func<SandboxAnswer> Answer) Unknown(SandboxRequest request) =>
        ($"{request.Method} unknown", static () => SandboxAnswer.NotFound("such endpoint"));

    private (string Name, Func<SandboxAnswer> Answer) NoExperiments(SandboxRequest request) =>
        _options.Style == SandboxStyle.Problem
            ? Unknown(request)
            : (
                $"{request.Method} unknown",
                static () =>
                    SandboxAnswer.Refuse(
                        501,
                        "not_configured",
                        "Not configured",
                        "Experiments are not configured on this server."
                    )
            );

    /// <summary>The request's API key; null where it has none.</summary>
    private static string? KeyOf(SandboxRequest request) =>
        request.Header("Authorization") is { } text && text.StartsWith(KeyScheme, StringComparison.OrdinalIgnoreCase)
            ? text.Substring(KeyScheme.Length).Trim()
            : null;

    /// <summary>Whose experiments the request is about.</summary>
    private string TeamOf(SandboxRequest request) =>
        _options.TeamOf is { } teamOf && KeyOf(request) is { } key ? teamOf(key) : OwnTeam;

    /// <summary>A test key behaves like any other, and is free of the plan's quota.</summary>
    private static bool IsTestKey(SandboxRequest request) =>
        KeyOf(request)?.StartsWith("pk_test_", StringComparison.Ordinal) == true;

    private bool IsOf(string uid, string team) =>
        (_teams.TryGetValue(uid, out string? owner) ? owner : OwnTeam) == team;

    private SandboxAnswer? Authenticate(SandboxRequest request)
    {
        if (_options.AcceptKey is not { } accept)
        {
            return null;
        }

        return KeyOf(request) is { } key && (accept(key) || TeamOf(request) != OwnTeam)
            ? null
            : SandboxAnswer.Refuse(
                401,
                "unauthorized",
                "Unauthorized",
                "The API key is missing, malformed or revoked."
            );
    }

    /// <summary>The service's web framework refuses the header of JSON before an empty body.</summary>
    private static SandboxAnswer? RefuseEmptyJson(SandboxRequest request) =>
        request.Method != "GET"
        && request.Body.Length == 0
        && request.Header("Content-Type")?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true
            ? SandboxAnswer.Refuse(
                400,
                "empty_json_body",
                "Bad Request",
                "Body cannot be empty when content-type is set to 'application/json'."
            )
            : null;

    /// <summary>The window that the request counts in; null where it is not limited.</summary>
    private RateWindow? WindowOf(SandboxRequest request, string name, bool isPublic, DateTimeOffset now)
    {
        (string Name, int Limit, TimeSpan Length)? limit = (isPublic, name) switch
        {
            (false, _) => ($"key {KeyOf(request)}", _options.RateLimit, _options.RateLimitWindow),
            (_, "POST /s/events") => (name, _options.EventRateLimit, _publicWindow),
            (_, "GET /s/image") => (name, _options.ImageRateLimit, _publicWindow),
            _ => null,
        };
        if (limit is not { } of)
        {
            return null;
        }

        if (!_windows.TryGetValue(of.Name, out RateWindow? window))
        {
            _windows[of.Name] = window = new RateWindow { Start = _windowsSince };
        }

        window.Limit = of.Limit;
        window.Length = of.Length;
        window.MoveTo(now);
        return window;
    }

    private static SandboxAnswer? LimitRate(RateWindow? window, DateTimeOffset now)
    {
        if (window is null)
        {
            return null;
        }

        if (window.Requests < window.Limit)
        {
            window.Requests++;
            return null;
        }

        int wait = (int)Math.Ceiling((window.End - now).TotalSeconds);
        return RateLimited($"The limit of {window.Limit} requests is spent.", Text(wait), wait);
    }

    /// <summary>Requests of one key, or of one kind, since a window of the rate limit began.</summary>
    private sealed class RateWindow
    {
        public DateTimeOffset Start { get; set; }

        public TimeSpan Length { get; set; }

        public int Limit { get; set; }

        public int Requests { get; set; }

        public DateTimeOffset End => Start + Length;

        public void MoveTo(DateTimeOffset now)
        {
            if (now < Start)
            {
                // The clock was set back.
                Start = now;
                Requests = 0;
            }

            while (now >= End)
            {
                Start = now - End < Length ? End : now;
                Requests = 0;
            }
        }
    }

    /// <param name="detail">In words.</param>
    /// <param name="header">What <c>Retry-After</c> says; null leaves it out.</param>
    /// <param name="seconds">What the body says; null leaves it out.</param>
    private static SandboxAnswer RateLimited(string detail, string? header, int? seconds = null)
    {
        var answer = new SandboxAnswer(429, [])
        {
            Refusal = new SandboxRefusal(RateLimitCode, "Rate limit exceeded", detail) { RetryAfter = seconds },
        };
        if (header is not null)
        {
            answer.Headers["Retry-After"] = header;
        }

        return answer;
    }

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
        QuotaUse Use(ExperimentType type, int? limit) => new() { Used = CountUsed(type, team), Limit = limit };
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
        return SandboxAnswer.Json(200, quota, SandboxJson.Quota);
    }

    /// <summary>Another team's experiment is as good as none.</summary>
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
