using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pictify;
using Pictify.Http;
using Pictify.Sandbox;
using PictifyPS.Benchmarks;
using Pwsh;
using SandboxServer;

// Nothing of this belongs into the ledger of whoever measures.
Environment.SetEnvironmentVariable("PICTIFY_LEDGER", "off");

// A child process of this program measures itself and prints one number.
switch (args)
{
    case ["memory", var count]:
        Console.WriteLine(
            Memory(int.Parse(count, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)
        );
        return 0;
    case [] or ["--only", _]:
        break;
    default:
        Console.Error.WriteLine(
            "dotnet run -c Release --project tests/PictifyPS.Benchmarks [-- --only NAME]    measures everything, in a few minutes, or one figure by its method's name"
        );
        return 64;
}

Console.WriteLine(
    $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, "
        + $"{RuntimeInformation.FrameworkDescription}; client and server share the machine.\n"
);
Console.WriteLine("| figure | floor, in the same run | ours (median) | floor (median) | to reach | median (spread) |");
Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
try
{
    foreach (
        Func<Task<Figure>> measure in new[]
        {
            PauseThousand,
            PauseRecorded,
            PauseLimited,
            ListTwentyThousand,
            ReadTwentyThousand,
            MemoryFlat,
            ImportCold,
            ImportColdAgainstView,
            FirstCommand,
            OnePause,
            TwelveExperiments,
            TwoHundred,
            TwoHundredParallel,
        }
    )
    {
        if (args.Length < 2 || measure.Method.Name.Contains(args[1], StringComparison.OrdinalIgnoreCase))
        {
            Console.WriteLine((await measure()).Row());
        }
    }
}
finally
{
    StartupCaches.Delete();
}

return 0;

static PictifySandbox Sandbox(PictifySandboxOptions? options = null) =>
    new(
        (options ?? new PictifySandboxOptions()) with
        {
            Experiments = [],
            AcceptKey = static key => key == Session.Key,
        }
    );

static HttpClient Raw(Uri server)
{
    var client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All })
    {
        BaseAddress = server,
    };
    client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Session.Key);
    return client;
}

static async Task<double> RawPauses(Uri server, IReadOnlyList<string> uids)
{
    using HttpClient client = Raw(server);
    var clock = Stopwatch.StartNew();
    await Parallel.ForEachAsync(
        uids,
        new ParallelOptions { MaxDegreeOfParallelism = 8 },
        async (uid, token) =>
        {
            using HttpResponseMessage answer = await client.PostAsync($"experiments/api/{uid}/pause", null, token);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync(token);
        }
    );
    return clock.Elapsed.TotalMilliseconds;
}

static async Task<Figure> PauseThousand()
{
    PictifySandbox sandbox = Sandbox(new PictifySandboxOptions { Latency = TimeSpan.FromMilliseconds(20) });
    await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
    using var session = new Session(server.BaseUri);
    var runs = new List<(double, double)>();
    for (int i = -1; i < 5; i++)
    {
        sandbox.Generate(1000);
        object uids = sandbox.Experiments.Select(static e => e.Uid).ToArray();
        var clock = Stopwatch.StartNew();
        Check(session.Run("$args[0] | Suspend-PictifyExperiment -ThrottleLimit 8", uids).Count, 1000);
        double ours = clock.Elapsed.TotalMilliseconds;
        sandbox.Generate(1000);
        double floor = await RawPauses(server.BaseUri, (string[])uids);
        Keep(runs, i, (ours, floor));
    }

    return new Figure(
        "pause 1,000, 20 ms latency, ThrottleLimit 8",
        "raw HttpClient, 8 at once, same server",
        "ms",
        1.10,
        runs
    );
}

static async Task<Figure> PauseRecorded()
{
    PictifySandbox sandbox = Sandbox(new PictifySandboxOptions { Latency = TimeSpan.FromMilliseconds(5) });
    await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
    string folder = Directory.CreateTempSubdirectory("pictify").FullName;
    try
    {
        using var recorded = new Session(server.BaseUri, Path.Combine(folder, "ledger.jsonl"));
        using var unrecorded = new Session(server.BaseUri);
        var runs = new List<(double, double)>();
        for (int i = -2; i < 9; i++)
        {
            runs.Add((Pause(recorded), Pause(unrecorded)));
        }

        // The first two warm both up.
        return new Figure("pause 1,000, 5 ms latency, with a ledger", "PICTIFY_LEDGER=off", "ms", 1.05, runs[2..]);
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }

    double Pause(Session session)
    {
        sandbox.Generate(1000);
        object uids = sandbox.Experiments.Select(static e => e.Uid).ToArray();
        var clock = Stopwatch.StartNew();
        Check(session.Run("$args[0] | Suspend-PictifyExperiment", uids).Count, 1000);
        return clock.Elapsed.TotalMilliseconds;
    }
}

static async Task<Figure> PauseLimited()
{
    TimeSpan window = TimeSpan.FromSeconds(10);
    var runs = new List<(double, double)>();
    int refused = 0;
    for (int i = 0; i < 3; i++)
    {
        PictifySandbox free = Sandbox();
        free.Generate(600);
        string[] uids = [.. free.Experiments.Select(static e => e.Uid)];
        double service;
        await using (SandboxHttpServer server = await SandboxHttpServer.StartAsync(free))
        {
            service = await RawPauses(server.BaseUri, uids);
        }

        PictifySandbox limited = Sandbox(new PictifySandboxOptions { RateLimit = 300, RateLimitWindow = window });
        limited.Generate(600);
        await using SandboxHttpServer limitedServer = await SandboxHttpServer.StartAsync(limited);
        using var session = new Session(limitedServer.BaseUri);

        // X-RateLimit-Reset tells whole seconds: the window begins on one, so that the header's rounding is not measured.
        await Task.Delay(1000 - DateTime.UtcNow.Millisecond + 5);
        limited.RestartRateLimitWindow();
        var clock = Stopwatch.StartNew();
        Check(session.Run("$args[0] | Suspend-PictifyExperiment", (object)uids).Count, 600);
        runs.Add((clock.Elapsed.TotalMilliseconds, window.TotalMilliseconds + service));
        refused += limited.Requests["POST pause"] - 600;
    }

    return new Figure(
        "pause 600 with 300 per window of 10 s, begun on a whole second",
        "1 window + service time",
        "ms",
        1.05,
        runs
    )
    {
        Note = $"{refused} of {600 * runs.Count} answered 429",
    };
}

static async Task<Figure> ListTwentyThousand()
{
    PictifySandbox sandbox = Sandbox(new PictifySandboxOptions { Latency = TimeSpan.FromMilliseconds(5) });
    sandbox.Generate(20_000);
    await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
    using var session = new Session(server.BaseUri);
    using HttpClient client = Raw(server.BaseUri);
    var runs = new List<(double, double)>();
    for (int i = -1; i < 5; i++)
    {
        var clock = Stopwatch.StartNew();
        Check(session.Run("Get-PictifyExperiment").Count, 20_000);
        double ours = clock.Elapsed.TotalMilliseconds;
        clock.Restart();
        for (int page = 1; page <= 200; page++)
        {
            using HttpResponseMessage answer = await client.GetAsync($"experiments/api?page={page}&limit=100");
            await answer.Content.ReadAsByteArrayAsync();
        }

        Keep(runs, i, (ours, clock.Elapsed.TotalMilliseconds));
    }

    return new Figure(
        "list 20,000 (200 pages), 5 ms latency",
        "raw HttpClient, pages in sequence, bytes thrown away",
        "ms",
        1.0,
        runs
    );
}

static async Task<Figure> ReadTwentyThousand()
{
    // The same bytes for both, from memory: no server's time is in it.
    PictifySandbox sandbox = Sandbox();
    sandbox.Generate(20_000);
    var pages = new Dictionary<string, byte[]>();
    using (
        var client = new HttpClient(
            new SandboxHandler(new PictifySandbox(new PictifySandboxOptions { Experiments = sandbox.Experiments }))
        )
    )
    {
        for (int page = 1; page <= 200; page++)
        {
            string path = $"experiments/api?page={page}&limit=100";
            pages[$"/{path}"] = await client.GetByteArrayAsync(new Uri(sandbox.BaseUri, path));
        }
    }

    var runs = new List<(double, double)>();
    for (int i = -2; i < 7; i++)
    {
        var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                ApiKey = new NetworkCredential("", Session.Key).SecurePassword,
                Handler = new Canned(pages),
            }
        );
        double ours = await Cpu(async () =>
        {
            int count = 0;
            await foreach (ExperimentPage page in new PictifyClient(connection).ListAsync())
            {
                count += page.Experiments.Length;
            }

            Check(count, 20_000);
        });
        double floor = await Cpu(() =>
        {
            int count = 0;
            foreach (byte[] page in pages.Values)
            {
                count += JsonSerializer.Deserialize(page, PictifyJson.Default.ExperimentListBody)!.Experiments!.Count;
            }

            Check(count, 20_000);
            return Task.CompletedTask;
        });
        Keep(runs, i, (ours, floor));
    }

    return new Figure(
        "CPU to read 20,000 experiments into objects",
        "source-generated JsonSerializer over the same bytes",
        "ms",
        1.5,
        runs
    );
}

static async Task<Figure> MemoryFlat()
{
    var runs = new List<(double, double)>();
    for (int i = 0; i < 3; i++)
    {
        runs.Add((await Child("memory", "100000"), await Child("memory", "1000")));
    }

    return new Figure(
        "memory held while piping 100,000 through Get \\| Where \\| Suspend -WhatIf",
        "the same for 1,000",
        "MB",
        20,
        runs
    )
    {
        IsDifference = true,
    };
}

// A module that people install has a manifest; so has the empty one.
static Task<Figure> ImportCold() => Import("an empty compiled module with a manifest", Built("EmptyModule"), 1.5);

// What of the import is the engine's own work for any module that has a view and an extended type.
static Task<Figure> ImportColdAgainstView() =>
    Import("the same with one view and one extended type", Built("EmptyModuleWithView"), 1.25);

static async Task<Figure> Import(string floor, string empty, double target)
{
    var runs = new List<(double, double)>();
    for (int i = -1; i < 9; i++)
    {
        Keep(runs, i, (await Cold(Built("Module")), await Cold(empty)));
    }

    return new Figure("import, fresh process of pwsh", floor, "ms", target, runs);

    static async Task<double> Cold(string manifest) =>
        double.Parse(await Script("cold", null, manifest), CultureInfo.InvariantCulture);
}

// What native code in the module's assemblies is worth: the runtime compiles the plain ones as it goes.
static async Task<Figure> FirstCommand()
{
    string plain = Directory.CreateTempSubdirectory("pictify").FullName;
    try
    {
        CopyWithoutNative(Path.GetDirectoryName(Built("Module"))!, plain);
        var runs = new List<(double, double)>();
        for (int i = -1; i < 9; i++)
        {
            Keep(runs, i, (await First(Built("Module")), await First(Path.Combine(plain, "PictifyPS.psd1"))));
        }

        return new Figure(
            "first command after the import (connect to the sandbox, Get)",
            "the module without its native code",
            "ms",
            0.65,
            runs
        );
    }
    finally
    {
        Directory.Delete(plain, recursive: true);
    }

    static async Task<double> First(string manifest)
    {
        string both = await Script("cold", null, manifest, "Connect-Pictify -Sandbox; Get-PictifyExperiment");
        return double.Parse(both.Split(' ')[0], CultureInfo.InvariantCulture);
    }
}

static void CopyWithoutNative(string module, string copy)
{
    string native = Path.DirectorySeparatorChar + RuntimeInformation.RuntimeIdentifier + Path.DirectorySeparatorChar;
    foreach (string file in Directory.EnumerateFiles(module, "*", SearchOption.AllDirectories))
    {
        if (!file.Contains(native, StringComparison.Ordinal))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(module, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}

static Task<Figure> OnePause() => Process("one pause", 1, 0, "pause-one", "pause-one.rest", 1.10);

static Task<Figure> TwelveExperiments() => Process("list and pause 12", 12, 0, "pause-all", "pause-all.rest", 1.0);

static Task<Figure> TwoHundred() =>
    Process("list and pause 200, 100 ms a request", 200, 100, "pause-all", "pause-all.rest", 1.0);

static Task<Figure> TwoHundredParallel() =>
    Process("list and pause 200, 100 ms a request", 200, 100, "pause-all", "pause-all.parallel", 1.0);

// What a scheduler pays: a whole process of pwsh, from its start to its end.
static async Task<Figure> Process(string name, int count, int latency, string ours, string rest, double target)
{
    PictifySandbox sandbox = Sandbox(new PictifySandboxOptions { Latency = TimeSpan.FromMilliseconds(latency) });
    await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
    var runs = new List<(double, double)>();
    for (int i = -1; i < 5; i++)
    {
        Keep(runs, i, (await Time(ours), await Time(rest)));
    }

    string how = rest.EndsWith("parallel", StringComparison.Ordinal)
        ? "ForEach-Object -Parallel with Invoke-RestMethod, 8 at once"
        : "a script with Invoke-RestMethod";
    return new Figure($"whole process: {name}", how, "ms", target, runs);

    async Task<double> Time(string script)
    {
        sandbox.Generate(count);
        var clock = Stopwatch.StartNew();
        await Script(script, server.BaseUri);
        double elapsed = clock.Elapsed.TotalMilliseconds;
        Check(sandbox.Experiments.Count(static e => e.Status == ExperimentStatus.Paused), count);
        return elapsed;
    }
}

// Runs a script of the Scripts folder in the pinned pwsh, with the module of this tree on PSModulePath; what it wrote.
static async Task<string> Script(string name, Uri? server, params string[] arguments)
{
    string file = Path.Combine(Built("Scripts"), $"{name}.ps1");
    ProcessStartInfo start = PowerShellHost
        .Tool()
        .Command(["-NoLogo", "-NoProfile", "-NonInteractive", "-File", file, .. arguments]);
    start.RedirectStandardOutput = true;
    start.Environment["PICTIFY_API_KEY"] = Session.Key;
    start.Environment["PICTIFY_BASE_URL"] = server?.ToString().TrimEnd('/');
    start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
    StartupCaches.Use(start, name, arguments);
    using Process child = System.Diagnostics.Process.Start(start)!;
    string text = await child.StandardOutput.ReadToEndAsync();
    await child.WaitForExitAsync();
    return child.ExitCode == 0 ? text.Trim() : throw new InvalidOperationException($"{name} failed: {text}");
}

// The most memory that was held at once, in MB: what a full collection leaves, sampled all the while. The working set says
// less: the runtime lets garbage pile up to its own budget, whatever is held. The sandbox is in a process of its own.
static double Memory(int count)
{
    using Process server = System.Diagnostics.Process.Start(
        new ProcessStartInfo("dotnet", [typeof(SandboxHttpServer).Assembly.Location, "--count", $"{count}"])
        {
            RedirectStandardOutput = true,
        }
    )!;
    try
    {
        var address = new Uri(server.StandardOutput.ReadLine()!);
        using var session = new Session(address);

        // What loads once is loaded before.
        session.Run(
            "Get-PictifyExperiment -First 1 | Where Name -like 'Hero*' | Suspend-PictifyExperiment -WhatIf *> $null"
        );
        long peak = 0;
        using var stop = new CancellationTokenSource();
        Task sampler = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true));
                await Task.Delay(50);
            }
        });
        session.Run("Get-PictifyExperiment | Where Name -like 'Hero*' | Suspend-PictifyExperiment -WhatIf *> $null");
        stop.Cancel();
        sampler.Wait();
        return peak / 1048576.0;
    }
    finally
    {
        server.Kill();
    }
}

static Task<double> Child(params string[] arguments) => Number(typeof(Figure).Assembly.Location, arguments);

static string Built(string what) =>
    typeof(Figure).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == what).Value!;

static async Task<double> Number(string program, params string[] arguments) =>
    double.Parse(await ChildText(program, arguments), CultureInfo.InvariantCulture);

static async Task<string> ChildText(string program, params string[] arguments)
{
    using Process child = System.Diagnostics.Process.Start(
        new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true }
    )!;
    string text = await child.StandardOutput.ReadToEndAsync();
    await child.WaitForExitAsync();
    return child.ExitCode == 0
        ? text.Trim()
        : throw new InvalidOperationException($"{string.Join(' ', arguments)} failed");
}

static async Task<double> Cpu(Func<Task> work)
{
    GC.Collect();
    GC.WaitForPendingFinalizers();
    using var self = System.Diagnostics.Process.GetCurrentProcess();
    self.Refresh();
    TimeSpan before = self.TotalProcessorTime;
    await work();
    self.Refresh();
    return (self.TotalProcessorTime - before).TotalMilliseconds;
}

static void Check(int count, int expected)
{
    if (count != expected)
    {
        throw new InvalidOperationException($"{count} came, and not {expected}: nothing was measured.");
    }
}

// Runs below zero warm up.
static void Keep(List<(double, double)> runs, int number, (double, double) run)
{
    if (number >= 0)
    {
        runs.Add(run);
    }
}

/// <summary>Answers from memory.</summary>
internal sealed class Canned(Dictionary<string, byte[]> pages) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult(
            new HttpResponseMessage { Content = new ByteArrayContent(pages[request.RequestUri!.PathAndQuery]) }
        );
}
