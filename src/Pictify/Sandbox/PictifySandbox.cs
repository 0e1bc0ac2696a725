namespace Pictify.Sandbox;

/// <summary>
/// A Pictify service in memory: it keeps state, enforces the rules of the API's public reference, and answers as the service
/// is documented to. For trying, rehearsing and testing; no request leaves the process.
/// </summary>
public sealed partial class PictifySandbox
{
    private const string OwnTeam = "";
    private const string KeyScheme = "Bearer ";

    /// <summary>The window of public requests, whose limits apply per minute and address.</summary>
    private static readonly TimeSpan _publicWindow = TimeSpan.FromMinutes(1);

    private readonly object _sync = new();
    private readonly List<Experiment> _experiments = [];
    private readonly Dictionary<string, Experiment> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _requests = new(StringComparer.Ordinal);
    private PictifySandboxOptions _options;
    private FaultInjector _faults;
    private TaskCompletionSource<bool>? _held;
    private int _inProgress;
    private int _mostAtOnce;

    /// <summary>The rate limit's windows: one for each key, and one for each kind of public request that is limited.</summary>
    private readonly Dictionary<string, RateWindow> _windows = new(StringComparer.Ordinal);

    /// <summary>The beginning of the windows of keys that have sent no request yet.</summary>
    private DateTimeOffset _windowsSince;

    /// <summary>The team of each experiment; experiments of the team without a name have no entry.</summary>
    private readonly Dictionary<string, string> _teams = new(StringComparer.Ordinal);

    /// <summary>A sandbox with the sample experiments.</summary>
    public PictifySandbox()
        : this(new PictifySandboxOptions()) { }

    /// <summary>A sandbox with these options.</summary>
    public PictifySandbox(PictifySandboxOptions options)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        _faults = FaultsOf(options);
        Reset();
    }

    /// <summary>
    /// How it behaves. It may be replaced at any time, and applies to the requests that arrive from then on; new faults
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
            if (value is null)
            {
                throw new ArgumentNullException(nameof(value));
            }

            lock (_sync)
            {
                if (!ReferenceEquals(value.Faults, _options.Faults))
                {
                    _faults = FaultsOf(value);
                }

                _options = value;
            }
        }
    }

    /// <summary>While true, every request that arrives waits before it is processed.</summary>
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

    /// <summary>The address of requests to it; nothing listens there.</summary>
    public Uri BaseUri { get; } = new("https://sandbox.invalid/");

    /// <summary>The sandbox's clock, which connections to it use too.</summary>
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

    /// <summary>Requests that have arrived and are not answered yet.</summary>
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

    /// <summary>How many requests arrived, by kind, such as <c>GET list</c> or <c>POST pause</c>.</summary>
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

    /// <summary>How many requests to change something arrived, whatever the answer was.</summary>
    public int ChangeRequests =>
        Requests.Where(static r => !r.Key.StartsWith("GET ", StringComparison.Ordinal)).Sum(static r => r.Value);

    /// <summary>How many changes were made; a request that was refused or repeated changes nothing.</summary>
    public int AppliedChanges { get; private set; }

    /// <summary>A copy of every experiment of the sandbox's own team, in its present state; a change of it changes nothing here.</summary>
    public Experiment[] Experiments => ExperimentsOf(OwnTeam);

    /// <summary>A copy of every experiment of a team, in its present state; a change of it changes nothing here.</summary>
    /// <param name="team">As <see cref="PictifySandboxOptions.TeamOf"/> names it.</param>
    public Experiment[] ExperimentsOf(string team)
    {
        lock (_sync)
        {
            return [.. _experiments.Where(experiment => IsOf(experiment.Uid, team)).Select(Copy)];
        }
    }

    /// <summary>Starts again with the present options: with their experiments, and with all counters at 0.</summary>
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
            _faults = FaultsOf(_options);
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
            // The sandbox changes its experiments: the next reset needs them as they were given.
            Put(experiments.Select(Copy));
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
            Add(experiment, OwnTeam);
        }

        foreach (KeyValuePair<string, Experiment[]> other in _options.OtherTeams)
        {
            foreach (Experiment experiment in other.Value)
            {
                Add(Copy(experiment), other.Key);
            }
        }
    }

    /// <summary>Begins a new window of the rate limit, on a whole second, because the header with the reset has whole seconds only.</summary>
    internal void RestartRateLimitWindow()
    {
        lock (_sync)
        {
            _windows.Clear();
            _windowsSince = DateTimeOffset.FromUnixTimeSeconds(_options.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
        }
    }

    /// <summary>Adds a copy of an experiment, as the sandbox's own team's, at the end of the list.</summary>
    public void Add(Experiment experiment) =>
        Add(Copy(experiment ?? throw new ArgumentNullException(nameof(experiment))), OwnTeam);

    private void Add(Experiment experiment, string team)
    {
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

    private static FaultInjector FaultsOf(PictifySandboxOptions options) => new(options.Faults ?? new SandboxFaults());

    /// <summary>
    /// A copy that shares nothing with the original: the variants and their parts can be changed too. Copying as JSON copies
    /// every field of the API, and a later field without another line here.
    /// </summary>
    private static Experiment Copy(Experiment experiment) => PlainJson.To<Experiment>(experiment);
}
