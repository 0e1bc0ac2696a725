using System.Globalization;
using Pictify.Sandbox;
using SandboxServer;

const string Help = """
    SandboxServer: the PictifyPS sandbox over HTTP, on the loopback address only.

      dotnet run --project tools/SandboxServer -- [--port N] [--count N] [--key KEY] [--latency MS]
                                                  [--faults PERCENT] [--seed N] [--kinds A,B] [--limit N] [--window S]

      --port N    listen there; any free port by default
      --count N   begin with N generated experiments instead of the handful
      --key KEY   accept this API key only; by default any that starts with pk_
      --latency MS  take so long for each answer
      --limit N --window S  allow N requests in S seconds; 1000000 in 60 by default
      --faults PERCENT --seed N --kinds A,B
                  so many requests go wrong, by this seed, in these ways (all by default); the ways are the names of
                  Pictify.Sandbox.SandboxFault, such as HalfBody, ResetAfter, Error502

    Connect with: Connect-Pictify -ApiKey (Read-Host -AsSecureString) -BaseUri http://127.0.0.1:PORT
    """;

int port = 0;
int count = 0;
int latency = 0;
int faults = 0;
int seed = 0;
int limit = 1_000_000;
int window = 60;
string? key = null;
SandboxFault[] kinds = [.. Enum.GetValues<SandboxFault>().Where(static kind => kind != SandboxFault.None)];
for (int i = 0; i < args.Length; i += 2)
{
    string? value = i + 1 < args.Length ? args[i + 1] : null;
    bool known = (args[i], value) switch
    {
        ("--port", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out port) && port is >= 0 and <= 65535,
        ("--count", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out count) && count >= 0,
        ("--latency", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out latency) && latency >= 0,
        ("--faults", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out faults)
            && faults is >= 0 and <= 100,
        ("--seed", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out seed),
        ("--limit", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out limit) && limit > 0,
        ("--window", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out window) && window > 0,
        ("--kinds", { } text) => TryKinds(text, out kinds),
        ("--key", { } text) => (key = text).Length > 0,
        _ => false,
    };
    if (!known)
    {
        Console.Error.WriteLine(Help);
        return args[i] is "-h" or "--help" ? 0 : 64;
    }
}

var sandbox = new PictifySandbox(
    new PictifySandboxOptions
    {
        AcceptKey = given => key is null ? given.StartsWith("pk_", StringComparison.Ordinal) : given == key,
        Latency = TimeSpan.FromMilliseconds(latency),
        RateLimit = limit,
        RateLimitWindow = TimeSpan.FromSeconds(window),
        Faults = new SandboxFaults
        {
            Rate = faults / 100.0,
            Seed = seed,
            Kinds = kinds,
        },
    }
);
if (count > 0)
{
    sandbox.Generate(count);
}

await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox, port);
Console.WriteLine(server.BaseUri);
await server.WaitAsync();
return 0;

static bool TryKinds(string text, out SandboxFault[] kinds)
{
    kinds = new SandboxFault[text.Split(',').Length];
    for (int i = 0; i < kinds.Length; i++)
    {
        if (!Enum.TryParse(text.Split(',')[i], ignoreCase: true, out kinds[i]))
        {
            return false;
        }
    }

    return true;
}
