using System.Globalization;
using Pictify.Sandbox;
using SandboxServer;

const string Help = """
    SandboxServer: the PictifyPS sandbox over HTTP, on the loopback address only.

      dotnet run --project tools/SandboxServer -- [--port N] [--count N] [--key KEY]

      --port N    listen there; any free port by default
      --count N   begin with N generated experiments instead of the handful
      --key KEY   accept this API key only; by default any that starts with pk_

    Connect with: Connect-Pictify -ApiKey (Read-Host -AsSecureString) -BaseUri http://127.0.0.1:PORT
    """;

int port = 0;
int count = 0;
string? key = null;
for (int i = 0; i < args.Length; i += 2)
{
    string? value = i + 1 < args.Length ? args[i + 1] : null;
    bool known = (args[i], value) switch
    {
        ("--port", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out port) && port is >= 0 and <= 65535,
        ("--count", { } text) => int.TryParse(text, CultureInfo.InvariantCulture, out count) && count >= 0,
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
