using System.Reflection;
using System.Runtime.CompilerServices;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Sandbox;

namespace PictifyDesktop;

/// <summary>
/// Pictify.Desktop MODULE: runs what a module's folder, such as out/PictifyPS/VERSION, has for Windows PowerShell: the library, and
/// of the cmdlets' assembly what needs no PowerShell. Says what works. Exit code 0 where everything does.
/// </summary>
internal static class Program
{
    private static int _failed;

    private static int Main(string[] args)
    {
        string bin = Path.Combine(Path.GetFullPath(args[0]), "bin", "Desktop");
        var cmdlets = Assembly.LoadFrom(Path.Combine(bin, "PictifyPS.dll"));

        // In PowerShell's order: the public types, then what registers the resolver, then everything else.
        Check("loads the cmdlets before the resolver is there", cmdlets.GetExportedTypes().Length > 20);
        Type initializer = cmdlets.GetType("PictifyPS.Loading.DependencyResolver", throwOnError: true)!;
        initializer.GetMethod("OnImport")!.Invoke(Activator.CreateInstance(initializer), null);

        ShowResolver(initializer, cmdlets);

        // This program stands outside the module's folder, to whose assemblies alone the resolver answers.
        AppDomain.CurrentDomain.AssemblyResolve += (_, request) =>
            request.RequestingAssembly == typeof(Program).Assembly
                ? Assembly.LoadFrom(Path.Combine(bin, $"{new AssemblyName(request.Name).Name}.dll"))
                : null;
        Show(cmdlets);
        RunAsync().GetAwaiter().GetResult();
        return _failed == 0 ? 0 : 1;
    }

    /// <summary>A library of the module's folder is nobody else's: neither who asks without a name nor who stands elsewhere gets it.</summary>
    private static void ShowResolver(Type initializer, Assembly cmdlets)
    {
        MethodInfo resolve = initializer.GetMethod("Resolve", BindingFlags.NonPublic | BindingFlags.Static)!;
        object? For(Assembly? requesting) =>
            resolve.Invoke(null, [new ResolveEventArgs("System.Text.Json, Version=99.0.0.0", requesting)]);
        Check("answers to the module's own assemblies", For(cmdlets) is Assembly { IsDynamic: false });
        Check("answers to nobody who does not say who it is", For(null) is null);
        Check(
            "answers to no other assembly",
            For(typeof(Program).Assembly) is null && For(typeof(object).Assembly) is null
        );
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Show(Assembly cmdlets)
    {
        MethodInfo status = cmdlets.GetType("PictifyPS.Views.ViewText", throwOnError: true)!.GetMethod("Status")!;
        object? text = status.Invoke(null, [new Experiment { StatusText = "running" }]);
        Check("shows a status, without colour", text is "Running");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task RunAsync()
    {
        var client = new PictifyClient(
            new PictifyConnection(new PictifyConnectionOptions { Sandbox = new PictifySandbox() })
        );
        Check("reads", (await client.GetAsync("exp_sandbox_01")).Status == ExperimentStatus.Running);
        Check("pauses", (await client.PauseAsync("exp_sandbox_01")).Changed);
        Check("pauses once", !(await client.PauseAsync("exp_sandbox_01")).Changed);
        Check("resumes", (await client.ResumeAsync("exp_sandbox_01")).Experiment!.Status == ExperimentStatus.Running);
        Check("starts", (await client.StartAsync("exp_sandbox_11")).Changed);
        Check("reads the quota", await client.GetQuotaAsync() is not null);
        Check("removes", (await client.DeleteAsync("exp_sandbox_12")).Changed);
        Check("says why not", (await client.PauseAsync("exp_sandbox_12")).Error?.Kind == PictifyErrorKind.NotFound);

        string file = Path.GetTempFileName();
        File.Delete(file);
        PictifyLedger ledger = PictifyLedger.Open(file);
        await Task.WhenAll(Enumerable.Range(1, 500).Select(n => ledger.AppendAsync(Entry(n))));
        Check("writes a ledger", (await ledger.VerifyAsync()) is { IsValid: true, Lines: 500 });
        Check("reads it back", (await ledger.ReadOperationsAsync(LedgerQuery.All)).Single().Changed == 500);
        File.AppendAllText(file, "{\"torn");
        await ledger.AppendAsync(Entry(501));
        Check("mends it", (await ledger.VerifyAsync()) is { IsValid: true, TornLines: 1 });
        File.Delete(file);
    }

    private static LedgerEntry Entry(int number) =>
        new()
        {
            Kind = LedgerKind.Outcome,
            OperationId = "op",
            Number = number,
            Outcome = ChangeOutcome.Changed,
            Time = DateTime.Now,
            Name = "Größe",
        };

    private static void Check(string what, bool holds)
    {
        Console.WriteLine($"{(holds ? "ok    " : "FAILED")} {what}");
        _failed += holds ? 0 : 1;
    }
}
