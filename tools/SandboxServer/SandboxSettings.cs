using System.Globalization;
using System.Text.Json;
using Pictify;
using Pictify.Sandbox;

namespace SandboxServer;

/// <summary>The settings in a POST to the control path, read and checked before any of them is applied.</summary>
internal sealed record SandboxSettings
{
    /// <summary>The last time that the clock may be set to, with a margin for later times.</summary>
    public static readonly DateTimeOffset LastTime = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public bool Reset { get; private set; }

    public PictifySandboxOptions Options { get; private set; } = new();

    public int? Generate { get; private set; }

    public IReadOnlyList<Experiment>? Experiments { get; private set; }

    public bool? Hold { get; private set; }

    public DateTimeOffset? Clock { get; private set; }

    public TimeSpan Advance { get; private set; }

    /// <summary>Whether a new window of the rate limit begins.</summary>
    public bool RestartsWindow { get; private set; }

    /// <summary>Reads the settings and applies them to the present options, or to the initial ones for a reset.</summary>
    /// <exception cref="FormatException">A field is unknown or its value is bad; the message names it and the reason.</exception>
    public static SandboxSettings Read(JsonElement body, PictifySandboxOptions present, PictifySandboxOptions start)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("The body must be a JSON object.");
        }

        bool reset = body.TryGetProperty("reset", out JsonElement value) && Flag("reset", value);
        var settings = new SandboxSettings { Reset = reset, Options = reset ? start : present };
        foreach (JsonProperty field in body.EnumerateObject())
        {
            settings.Take(field.Name, field.Value);
        }

        if (settings is { Generate: not null, Experiments: not null })
        {
            throw new FormatException("generate and experiments both replace all experiments: give one of them.");
        }

        return settings;
    }

    private void Take(string name, JsonElement value)
    {
        switch (name)
        {
            case "reset":
                break;
            case "generate":
                Generate = Whole(name, value, 0);
                break;
            case "experiments":
                Experiments = ReadExperiments(value);
                break;
            case "key":
                string? only = value.ValueKind == JsonValueKind.Null ? null : Text(name, value);
                Options = Options with { AcceptKey = AcceptedKey(only) };
                break;
            case "otherKey":
                Options = Options with
                {
                    TeamOf = TeamOf(value.ValueKind == JsonValueKind.Null ? null : Text(name, value)),
                };
                break;
            case "idempotency":
                Options = Options with { HonoursIdempotencyKey = Flag(name, value) };
                break;
            case "imageRateLimit":
                Options = Options with { ImageRateLimit = Whole(name, value, 1) };
                RestartsWindow = true;
                break;
            case "eventRateLimit":
                Options = Options with { EventRateLimit = Whole(name, value, 1) };
                RestartsWindow = true;
                break;
            case "plan":
                Options = Options with { Plan = Word(name, value, PlanLimits.Plans) };
                break;
            case "hasExperiments":
                Options = Options with { HasExperiments = Flag(name, value) };
                break;
            case "rateLimit":
                Options = Options with { RateLimit = Whole(name, value, 1) };
                RestartsWindow = true;
                break;
            case "rateLimitWindow":
                TimeSpan window = Seconds(name, value);
                Options =
                    window > TimeSpan.Zero
                        ? Options with
                        {
                            RateLimitWindow = window,
                        }
                        : throw new FormatException("rateLimitWindow must be more than 0 seconds.");
                RestartsWindow = true;
                break;
            case "latency":
                Options = Options with { Latency = Milliseconds(name, value) };
                break;
            case "style":
                Options = Options with { Style = Word<SandboxStyle>(name, value) };
                break;
            case "faults":
                Options = Options with { Faults = value.ValueKind == JsonValueKind.Null ? null : ReadFaults(value) };
                break;
            case "clock":
                Clock = Time(name, value);
                break;
            case "advance":
                Advance = Seconds(name, value);
                break;
            case "hold":
                Hold = Flag(name, value);
                break;
            default:
                throw new FormatException($"There is no field '{name}'.");
        }
    }

    /// <summary>Accepts this key only; if null, any key that starts with pk_.</summary>
    public static Func<string, bool> AcceptedKey(string? only) =>
        given => only is null ? given.StartsWith("pk_", StringComparison.Ordinal) : given == only;

    /// <summary>The name of the second of a server's two teams.</summary>
    public const string OtherTeam = "other";

    /// <summary>Assigns this key to the other team; if null, no key.</summary>
    public static Func<string, string>? TeamOf(string? otherKey) =>
        otherKey is null ? null : given => given == otherKey ? OtherTeam : "";

    private static List<Experiment> ReadExperiments(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("experiments must be an array of experiments.");
        }

        var experiments = new List<Experiment>();
        var uids = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement item in value.EnumerateArray())
        {
            string name = $"experiments[{experiments.Count}]";
            Experiment? experiment;
            try
            {
                experiment = item.Deserialize(PictifyJson.Default.Experiment);
            }
            catch (JsonException exception)
            {
                throw new FormatException($"{name} is no experiment: {exception.Message}", exception);
            }

            if (experiment is null || experiment.HasNulls)
            {
                throw new FormatException($"{name} is no experiment: it, or a variant of it, is null.");
            }

            if (ExperimentRules.GetUidProblem(experiment.Uid) is { } why)
            {
                throw new FormatException($"{name}.uid cannot be one: {why}.");
            }

            if (SandboxSeed.OtherTeam(DateTimeOffset.UnixEpoch).Any(other => other.Uid == experiment.Uid))
            {
                throw new FormatException($"{name}.uid is the other team's: {experiment.Uid}.");
            }

            if (!uids.Add(experiment.Uid))
            {
                throw new FormatException($"{name}.uid is another one's too: {experiment.Uid}.");
            }

            experiments.Add(experiment);
        }

        return experiments;
    }

    private static SandboxFaults ReadFaults(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("faults must be a JSON object, or null.");
        }

        var faults = new SandboxFaults
        {
            Kinds = [.. Enum.GetValues<SandboxFault>().Where(static kind => kind != SandboxFault.None)],
        };
        foreach (JsonProperty field in value.EnumerateObject())
        {
            string name = $"faults.{field.Name}";
            faults = field.Name switch
            {
                "rate" => faults with { Rate = Number(name, field.Value, 0, 1) },
                "seed" => faults with { Seed = Whole(name, field.Value, int.MinValue) },
                "kinds" => faults with { Kinds = ReadKinds(name, field.Value) },
                "schedule" => faults with { Schedule = ReadSchedule(name, field.Value) },
                "retryAfter" => faults with { RetryAfter = TimeSpan.FromSeconds(Whole(name, field.Value, 0)) },
                "delay" => faults with { Delay = Milliseconds(name, field.Value) },
                _ => throw new FormatException($"There is no field '{name}'."),
            };
        }

        return faults;
    }

    private static SandboxFault[] ReadKinds(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => Word<SandboxFault>(name, item))]
            : throw new FormatException($"{name} must be an array of faults.");

    private static Dictionary<int, SandboxFault> ReadSchedule(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{name} must be a JSON object of request numbers and faults.");
        }

        var schedule = new Dictionary<int, SandboxFault>();
        foreach (JsonProperty field in value.EnumerateObject())
        {
            if (
                !int.TryParse(field.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number < 1
            )
            {
                throw new FormatException($"{name} must have request numbers from 1, and has '{field.Name}'.");
            }

            schedule[number] = Word<SandboxFault>($"{name}.{field.Name}", field.Value);
        }

        return schedule;
    }

    private static bool Flag(string name, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FormatException($"{name} must be true or false."),
        };

    private static string Text(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new FormatException($"{name} must be a text that is not empty.");

    private static int Whole(string name, JsonElement value, int least) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least
            ? number
            : throw new FormatException($"{name} must be a whole number from {least} to {int.MaxValue}.");

    private static double Number(string name, JsonElement value, double least, double most) =>
        value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out double number)
        && number >= least
        && number <= most
            ? number
            : throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {least} to {most}.")
            );

    /// <summary>A century at most: no sum of it with a time that the clock may have is out of range.</summary>
    private static TimeSpan Seconds(string name, JsonElement value) =>
        TimeSpan.FromSeconds(Number(name, value, 0, 3_155_760_000));

    /// <summary>At most what a timer accepts: 24 days.</summary>
    private static TimeSpan Milliseconds(string name, JsonElement value) =>
        TimeSpan.FromMilliseconds(Number(name, value, 0, int.MaxValue));

    private static DateTimeOffset Time(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && value.TryGetDateTimeOffset(out DateTimeOffset time)
        && time >= DateTimeOffset.UnixEpoch
        && time <= LastTime
            ? time
            : throw new FormatException($"{name} must be an ISO 8601 date from 1970 to 9000.");

    private static T Word<T>(string name, JsonElement value)
        where T : struct, Enum => Enum.Parse<T>(Word(name, value, Enum.GetNames<T>()));

    private static string Word(string name, JsonElement value, IEnumerable<string> words)
    {
        string? text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return words.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"{name} must be one of {string.Join(", ", words)}.");
    }
}
