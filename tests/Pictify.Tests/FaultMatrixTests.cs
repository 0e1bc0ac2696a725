using System.Net.Http;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pictify.Http;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>
/// Every fault with every operation, once and for ever, in both styles of the service: each call ends in exactly one
/// outcome, which says what the server holds; the server is changed at most once; and nothing hangs.
/// </summary>
public sealed class FaultMatrixTests
{
    private static readonly string[] _operations =
    [
        "list",
        "get",
        "quota",
        "pause",
        "start",
        "resume",
        "complete",
        "create",
        "update",
        "delete",
        "events",
    ];

    public static TheoryData<string, SandboxFault, bool, SandboxStyle> Matrix
    {
        get
        {
            var matrix = new TheoryData<string, SandboxFault, bool, SandboxStyle>();
            foreach (string operation in _operations)
            {
                foreach (SandboxFault fault in Enum.GetValues<SandboxFault>())
                {
                    foreach (SandboxStyle style in Enum.GetValues<SandboxStyle>())
                    {
                        matrix.Add(operation, fault, false, style);
                        matrix.Add(operation, fault, true, style);
                    }
                }
            }

            return matrix;
        }
    }

    [Fact]
    public void The_matrix_is_as_large_as_it_says() => Assert.True(Matrix.Count >= 600, $"{Matrix.Count}");

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Each_call_ends_in_one_outcome_that_is_true(
        string operation,
        SandboxFault fault,
        bool always,
        SandboxStyle style
    )
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        var sandbox = new PictifySandbox(
            new PictifySandboxOptions
            {
                TimeProvider = time,
                Style = style,
                Experiments =
                [
                    Hero(
                        operation is "resume" ? "paused"
                            : operation is "start" or "delete" ? "draft"
                            : "running",
                        time
                    ),
                ],
                Faults = always
                    ? new SandboxFaults { Rate = 1, Kinds = [fault] }
                    : new SandboxFaults
                    {
                        Schedule = new Dictionary<int, SandboxFault> { [FaultyRequest(operation)] = fault },
                    },
            }
        );
        var client = new PictifyClient(
            new PictifyConnection(
                new PictifyConnectionOptions
                {
                    Sandbox = sandbox,
                    TimeProvider = time,
                    Timeout = TimeSpan.FromSeconds(30),
                }
            )
        );

        PictifyException? error = await Outcome(Run(client, operation), time);

        bool changes = operation is not ("list" or "get" or "quota");
        bool done = IsDone(sandbox, operation);
        Assert.InRange(sandbox.AppliedChanges, 0, changes ? 1 : 0);
        Assert.Equal(changes && done, sandbox.AppliedChanges == 1);
        if (error is null)
        {
            Assert.True(done, "it says that it is done, and the server does not show it");
        }
        else if (!error.OutcomeUnknown)
        {
            Assert.False(changes && done, $"it says that it failed, and the server shows it done: {error.Message}");
        }

        // What goes wrong once is put right, but for events, which cannot be sent again.
        bool harmless =
            fault
            is SandboxFault.None
                or SandboxFault.Latency
                or SandboxFault.Gzip
                or SandboxFault.WrongClock
                or SandboxFault.WrongContentType;
        bool waits = fault is SandboxFault.RateLimitSeconds or SandboxFault.RateLimitDate;
        if (harmless || (!always && (operation != "events" || waits)))
        {
            bool hopeless =
                (fault == SandboxFault.Html && !changes)
                || (fault == SandboxFault.OtherExperiment && operation == "get");
            Assert.True(error is null || hopeless, $"{error?.Kind}: {error?.Message}");
        }
    }

    [Fact]
    public async Task The_same_seed_makes_the_same_faults()
    {
        async Task<string> Walk(int seed)
        {
            var sandbox = new PictifySandbox(
                new PictifySandboxOptions
                {
                    Faults = new SandboxFaults
                    {
                        Rate = 0.5,
                        Seed = seed,
                        Kinds = [SandboxFault.Error500, SandboxFault.Error502, SandboxFault.Error503],
                    },
                }
            );
            using var invoker = new HttpMessageInvoker(new SandboxHandler(sandbox));
            var trail = new StringBuilder();
            for (int i = 0; i < 40; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.BaseUri, "experiments/api"));
                using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
                trail.Append((int)response.StatusCode).Append(' ');
            }

            return trail.ToString();
        }

        Assert.Equal(await Walk(7), await Walk(7));
        Assert.NotEqual(await Walk(7), await Walk(8));
    }

    /// <summary>Start, resume and complete read first; the fault is for the change itself.</summary>
    private static int FaultyRequest(string operation) => operation is "start" or "resume" or "complete" ? 2 : 1;

    private static Experiment Hero(string status, FakeTimeProvider time) =>
        new()
        {
            Uid = "exp_1",
            Name = "Hero",
            Slug = "hero",
            TypeText = "ab_test",
            StatusText = status,
            UpdatedAtMoment = time.GetUtcNow().AddDays(-1),
            Variants = [new Variant { Id = "a", Weight = 5000 }, new Variant { Id = "b", Weight = 5000 }],
        };

    private static async Task Run(PictifyClient client, string operation)
    {
        switch (operation)
        {
            case "list":
                await foreach (ExperimentPage _ in client.ListAsync()) { }
                break;
            case "get":
                Assert.Equal("exp_1", (await client.GetAsync("exp_1")).Uid);
                break;
            case "quota":
                await client.GetQuotaAsync();
                break;
            case "pause":
                Assert.Equal(ExperimentStatus.Paused, (await client.PauseAsync("exp_1").Done()).Experiment!.Status);
                break;
            case "start":
                Assert.Equal(ExperimentStatus.Running, (await client.StartAsync("exp_1").Done()).Experiment!.Status);
                break;
            case "resume":
                Assert.Equal(ExperimentStatus.Running, (await client.ResumeAsync("exp_1").Done()).Experiment!.Status);
                break;
            case "complete":
                Assert.Equal("b", (await client.CompleteAsync("exp_1", "b").Done()).Experiment!.WinnerVariantId);
                break;
            case "create":
                Assert.Equal("new-hero", (await client.CreateAsync(New()).Created()).Slug);
                break;
            case "update":
                await client.UpdateAsync("exp_1", new Dictionary<string, object?> { ["name"] = "Renamed" }).Done();
                break;
            case "delete":
                await client.DeleteAsync("exp_1").Removed();
                break;
            default:
                await client.SendAsync(
                    new ApiRequest(RequestKind.Other, HttpMethod.Post, "s/events")
                    {
                        Body = Encoding.UTF8.GetBytes("""{"event":"view","experiment":"hero","variantId":"a"}"""),
                        Authenticated = false,
                    },
                    CancellationToken.None
                );
                break;
        }
    }

    private static Experiment New() =>
        new()
        {
            Name = "New Hero",
            Slug = "new-hero",
            TypeText = "ab_test",
            Variants = [new Variant { Id = "a", Weight = 5000 }, new Variant { Id = "b", Weight = 5000 }],
        };

    private static bool IsDone(PictifySandbox sandbox, string operation)
    {
        Experiment hero = sandbox.Experiments[0];
        return operation switch
        {
            "pause" => hero.StatusText == "paused",
            "start" or "resume" => hero.StatusText == "running",
            "complete" => hero is { StatusText: "completed", WinnerVariantId: "b" },
            "create" => sandbox.Experiments.Length == 2,
            "update" => hero.Name == "Renamed",
            "delete" => hero.StatusText == "archived",
            "events" => hero.Impressions == 1,
            _ => true,
        };
    }

    /// <summary>Lets virtual time pass until the call ends; ten virtual minutes are a hang.</summary>
    private static async Task<PictifyException?> Outcome(Task call, FakeTimeProvider time)
    {
        DateTimeOffset limit = time.GetUtcNow().AddMinutes(10);
        for (int step = 1; !call.IsCompleted; step++)
        {
            Assert.True(time.GetUtcNow() < limit, "it hangs");

            // The sandbox answers on the caller's own thread; a moment now and then is for what hops to another.
            if (step % 5 == 0)
            {
                await Task.WhenAny(call, Task.Delay(1));
            }

            time.Advance(TimeSpan.FromMilliseconds(500));
        }

        try
        {
            await call;
            return null;
        }
        catch (PictifyException exception)
        {
            return exception;
        }
    }
}
