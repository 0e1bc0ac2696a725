using Pictify.Sandbox;
using SandboxServer;

const string Help = """
    SandboxServer: the PictifyPS sandbox over HTTP, on the loopback address only.

      dotnet run --project tools/SandboxServer -- [--port N] [--count N] [--key KEY] [--other-key KEY] [--plan PLAN]
                                                  [--style STYLE] [--latency MS] [--limit N] [--window S]
                                                  [--faults PERCENT] [--seed N] [--kinds A,B]

      --port N       listen there; any free port by default
      --count N      begin with N generated running experiments instead of the sample ones
      --key KEY      accept this API key only; by default any that starts with pk_
      --other-key KEY
                     this API key is another team's, which has an experiment of its own; none by default
      --plan PLAN    Starter, Basic, Standard, Business (the default) or Enterprise
      --style STYLE  the format of its error responses: problem (RFC 9457, the default), or message ({"message": ...}, {"error": ...})
      --latency MS   wait this long before each answer
      --limit N --window S
                     allow N requests in S seconds; 1000000 in 60 by default
      --faults PERCENT --seed N --kinds A,B
                     this share of the requests fails, by this seed, with these faults (all by default); the faults are the
                     names of Pictify.Sandbox.SandboxFault, such as HalfBody, ResetAfter, Error502

    The first line of its output is its address. Connect with:

      Connect-Pictify -ApiKey (Read-Host -AsSecureString) -BaseUri http://127.0.0.1:PORT

    A test outside its process reads and controls it at /__sandbox. These requests need no key, and are neither counted, nor limited,
    nor made to fail.

      GET /__sandbox    {"requests": {"GET list": 10, "POST pause": 5, ...}, "changeRequests": 5, "inProgress": 0,
                        "mostAtOnce": 8, "appliedChanges": 5, "experiments": [...], "otherExperiments": [...]}
                        requests by kind; how many of them were to change something; how many are in progress now, and the
                        largest number at once; how often something was changed; every experiment as the API shows it,
                        archived ones too, of the server's own team and of the other one

      POST /__sandbox   one JSON object with any of these fields, answered by 204. Where a field is unknown or a value bad, the
                        answer is 400 with {"message": ...}, and nothing is applied.
        reset           true: experiments, counters and settings as at the start; the other fields are applied after it
        generate        N: replace all experiments by N generated running ones
        experiments     [...]: replace all experiments by these
        key             accept this API key only; null: any that starts with pk_
        otherKey        as --other-key; null: there is no other team's key
        plan            as --plan
        hasExperiments  false: an account without the experiments feature
        rateLimit, rateLimitWindow
                        requests, seconds; either begins a new window
        imageRateLimit, eventRateLimit
                        requests a minute for images, and with events; either begins a new window
        idempotency     false: a repeated Idempotency-Key is ignored
        latency         milliseconds for each answer
        style           as --style
        faults          {"schedule": {"1": "Error503", "3": "ResetAfter"}, "rate": 0.1, "seed": 7, "kinds": ["HalfBody"],
                        "retryAfter": seconds, "delay": milliseconds}, any of it, or null for none; requests are numbered
                        from this POST on
        clock           an ISO 8601 date: what the sandbox's clock shows now; it runs on
        advance         seconds to move the clock forward
        hold            true: requests wait, in progress and not yet processed, until false; those that wait then go on
    """;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help);
    return 0;
}

CommandLine line;
try
{
    line = CommandLine.Read(args);
}
catch (FormatException exception)
{
    const int usage = 64;
    Console.Error.WriteLine($"{exception.Message} See --help.");
    return usage;
}

PictifySandboxOptions options = line.Settings.Options;
if (line.Settings.Generate is { } count)
{
    options = options with { Experiments = SandboxSeed.Many(count, options.TimeProvider.GetUtcNow()) };
}

await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(new PictifySandbox(options), line.Port);
Console.WriteLine(server.BaseUri);
await server.WaitAsync();
return 0;
