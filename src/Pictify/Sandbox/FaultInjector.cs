using System.Globalization;
using System.Text;

namespace Pictify.Sandbox;

/// <summary>
/// Which requests of a sandbox fail, and how their answers change. The sandbox asks it while it processes a request: a request
/// that fails is counted, delayed, held and limited like any other, and its answer has the sandbox's style and clock.
/// </summary>
internal sealed class FaultInjector(SandboxFaults faults)
{
    private static readonly TimeSpan _wrongBy = TimeSpan.FromHours(3);

    private readonly Random _random = new(faults.Seed);
    private int _number;

    /// <summary>The fault of the next request.</summary>
    public SandboxFault Next() =>
        faults.Schedule.TryGetValue(++_number, out SandboxFault planned) ? planned
        : faults.Kinds.Length > 0 && _random.NextDouble() < faults.Rate
            ? faults.Kinds[_random.Next(faults.Kinds.Length)]
        : SandboxFault.None;

    /// <summary>How much longer the answer takes.</summary>
    public TimeSpan Delay(SandboxFault fault) => fault == SandboxFault.Latency ? faults.Delay : TimeSpan.Zero;

    /// <summary>How far the answer's clock is ahead.</summary>
    public static TimeSpan ClockError(SandboxFault fault) =>
        fault == SandboxFault.WrongClock ? _wrongBy : TimeSpan.Zero;

    /// <summary>The answer of a request that fails before it is processed; null if it is processed.</summary>
    public SandboxAnswer? FailBefore(SandboxFault fault, DateTimeOffset now)
    {
        switch (fault)
        {
            case SandboxFault.Error500:
                return SandboxAnswer.Refuse(500, "internal_error", "Internal error", "Something went wrong.");
            case SandboxFault.Error502:
                return Page(502, "502 Bad Gateway");
            case SandboxFault.Error503:
                return new SandboxAnswer(503, []);
            case SandboxFault.ResetBefore:
                return new SandboxAnswer(0, []);
            case SandboxFault.RateLimitSeconds:
                return SlowDown(((long)faults.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture));
            case SandboxFault.RateLimitDate:
                return SlowDown((now + faults.RetryAfter).ToString("R", CultureInfo.InvariantCulture));
            case SandboxFault.RateLimitBare:
                return SlowDown(retryAfter: null);
            default:
                return null;
        }
    }

    /// <summary>The answer to a request that was processed, changed by the fault; the handler applies those of the connection.</summary>
    public static SandboxAnswer FailAfter(SandboxFault fault, SandboxAnswer answer) =>
        fault switch
        {
            SandboxFault.Error504 => Page(504, "504 Gateway Timeout"),
            SandboxFault.WrongContentType => answer with { ContentType = "text/html" },
            SandboxFault.Html => Page(200, "Welcome"),
            SandboxFault.OtherExperiment => answer with
            {
                Body = Encoding.UTF8.GetBytes(
                    Encoding.UTF8.GetString(answer.Body).Replace("\"uid\":\"exp_", "\"uid\":\"exp_other_")
                ),
            },
            _ => answer,
        };

    private static SandboxAnswer SlowDown(string? retryAfter) => SandboxAnswer.RateLimited("Slow down.", retryAfter);

    private static SandboxAnswer Page(int status, string title) =>
        new(
            status,
            Encoding.UTF8.GetBytes(
                $"<html><head><title>{title}</title></head><body><h1>{title}</h1><hr>gateway</body></html>"
            ),
            "text/html"
        );
}
