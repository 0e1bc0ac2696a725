using System.Globalization;

namespace Pictify.Sandbox;

/// <summary>
/// A Pictify in memory: it keeps its state, holds the rules of the API's public reference, and answers as the service
/// is documented to. For trying, rehearsing and testing; nothing in it leaves the process.
/// </summary>
public sealed partial class PictifySandbox
{
    private const string RateLimitCode = "rate_limit_exceeded";

    private readonly object _sync = new();
    private readonly List<Experiment> _experiments = [];
    private readonly Dictionary<string, Experiment> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _requests = new(StringComparer.Ordinal);
    private PictifySandboxOptions _options;
    private TaskCompletionSource<bool>? _held;
    private int _inProgress;
    private int _mostAtOnce;
    private DateTimeOffset _windowStart;
    private int _windowRequests;

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
            _windowStart = now;
            _windowRequests = 0;
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
        foreach (Experiment experiment in experiments)
        {
            Add(experiment);
        }
    }

    /// <summary>Begins a new window of the rate limit, on the present second: the reset's header tells whole ones.</summary>
    internal void RestartRateLimitWindow()
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
        SandboxAnswer result =
            FailBefore(fault, faults)?.In(_options.Style, request)
            ?? FailAfter(
                fault,
                ((isPublic ? null : Authenticate(request) ?? LimitRate(now)) ?? answer()).In(_options.Style, request)
            );

        // A repeated answer is the cached one: its headers are not.
        result = result with
        {
            Headers = new Dictionary<string, string>(result.Headers, StringComparer.OrdinalIgnoreCase),
        };
        TimeSpan wrong = fault == SandboxFault.WrongClock ? _wrongBy : TimeSpan.Zero;
        result.Headers["Date"] = (now + wrong).ToString("R", CultureInfo.InvariantCulture);
        if (_options.Style == SandboxStyle.Problem || result.Refusal is { Code: RateLimitCode })
        {
            result.Headers["X-RateLimit-Limit"] = Text(_options.RateLimit);
            result.Headers["X-RateLimit-Remaining"] = Text(Math.Max(0, _options.RateLimit - _windowRequests));
            result.Headers["X-RateLimit-Reset"] = Text(CeilingSeconds(WindowEnd + wrong));
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
            : SandboxAnswer.Refuse(
                401,
                "unauthorized",
                "Unauthorized",
                "The API key is missing, malformed or revoked."
            );
    }

    private DateTimeOffset WindowEnd => _windowStart + _options.RateLimitWindow;

    private SandboxAnswer? LimitRate(DateTimeOffset now)
    {
        if (now < _windowStart)
        {
            // The clock was set back.
            _windowStart = now;
            _windowRequests = 0;
        }

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
        return RateLimited($"The limit of {_options.RateLimit} requests is spent.", Text(wait), wait);
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
