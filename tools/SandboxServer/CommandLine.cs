using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pictify;
using Pictify.Sandbox;

namespace SandboxServer;

/// <summary>The options of the command line, which are read by the same rules as the fields of the control path.</summary>
internal sealed record CommandLine
{
    /// <summary>0 selects any free port.</summary>
    public int Port { get; private set; }

    public SandboxSettings Settings { get; private set; } = new();

    /// <exception cref="FormatException">An option is unknown or its value is bad; the message names it and the reason.</exception>
    public static CommandLine Read(string[] args)
    {
        var line = new CommandLine();
        var fields = new JsonObject();
        var faults = new JsonObject();
        for (int i = 0; i < args.Length; i += 2)
        {
            string option = args[i];
            string Text() => i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{option} needs a value.");
            switch (option)
            {
                case "--port":
                    line.Port = Whole(option, Text(), 0, 65535);
                    break;
                case "--count":
                    fields["generate"] = Whole(option, Text(), 0);
                    break;
                case "--key":
                    fields["key"] = Text();
                    break;
                case "--other-key":
                    fields["otherKey"] = Text();
                    break;
                case "--style":
                    fields["style"] = Text();
                    break;
                case "--plan":
                    fields["plan"] = Text();
                    break;
                case "--latency":
                    fields["latency"] = Whole(option, Text(), 0);
                    break;
                case "--limit":
                    fields["rateLimit"] = Whole(option, Text(), 1);
                    break;
                case "--window":
                    fields["rateLimitWindow"] = Whole(option, Text(), 1);
                    break;
                case "--faults":
                    faults["rate"] = Whole(option, Text(), 0, 100) / 100.0;
                    break;
                case "--seed":
                    faults["seed"] = Whole(option, Text(), int.MinValue);
                    break;
                case "--kinds":
                    faults["kinds"] = new JsonArray([
                        .. Text().Split(',').Select(static kind => JsonValue.Create(kind)),
                    ]);
                    break;
                default:
                    throw new FormatException($"There is no option '{option}'.");
            }
        }

        if (faults.Count > 0)
        {
            fields["faults"] = faults;
        }

        var options = new PictifySandboxOptions
        {
            AcceptKey = SandboxSettings.AcceptedKey(null),
            OtherTeams = new Dictionary<string, Experiment[]>
            {
                [SandboxSettings.OtherTeam] = SandboxSeed.OtherTeam(TimeProvider.System.GetUtcNow()),
            },
        };
        line.Settings = SandboxSettings.Read(JsonSerializer.SerializeToElement(fields), options, options);
        return line;
    }

    private static int Whole(string option, string text, int least, int most = int.MaxValue) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
        && number >= least
        && number <= most
            ? number
            : throw new FormatException($"{option} must be a whole number from {least} to {most}, and is '{text}'.");
}
