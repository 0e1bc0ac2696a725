using System.Globalization;
using System.Text;

namespace Pictify.Sandbox;

/// <content>Faults that are injected on purpose.</content>
public sealed partial class PictifySandbox
{
    private static readonly TimeSpan _wrongBy = TimeSpan.FromHours(3);

    private Random? _chance;
    private int _number;

    /// <summary>How many changes were made; a request that was refused or repeated changes nothing.</summary>
    public int AppliedChanges { get; private set; }

    /// <summary>Counts from the next request on, and restarts the random numbers.</summary>
    private void RestartFaults()
    {
        _number = 0;
        _chance = null;
    }

    /// <summary>The fault of the next request.</summary>
    private SandboxFault NextFault()
    {
        if (_options.Faults is not { } faults)
        {
            return SandboxFault.None;
        }

        int number = ++_number;
        if (faults.Schedule.TryGetValue(number, out SandboxFault planned))
        {
            return planned;
        }

        _chance ??= new Random(faults.Seed);
        return faults.Kinds.Length > 0 && _chance.NextDouble() < faults.Rate
            ? faults.Kinds[_chance.Next(faults.Kinds.Length)]
            : SandboxFault.None;
    }

    /// <summary>The answer of a request that fails before it is processed; null if it is processed.</summary>
    private SandboxAnswer? FailBefore(SandboxFault fault, SandboxFaults? faults)
    {
        const string slowDown = "Slow down.";
        switch (fault)
        {
            case SandboxFault.Error500:
                return SandboxAnswer.Refuse(500, "internal_error", "Internal error", "Something went wrong.");
            case SandboxFault.Error502:
                return Page(502, "502 Bad Gateway");
            case SandboxFault.Error503:
                return new SandboxAnswer(503, []);
            case SandboxFault.ResetBefore:
                return new SandboxAnswer(0, []) { Break = AnswerBreak.Reset };
            case SandboxFault.RateLimitSeconds:
                return RateLimited(slowDown, Text((long)faults!.RetryAfter.TotalSeconds));
            case SandboxFault.RateLimitDate:
                DateTimeOffset until = _options.TimeProvider.GetUtcNow() + faults!.RetryAfter;
                return RateLimited(slowDown, until.ToString("R", CultureInfo.InvariantCulture));
            case SandboxFault.RateLimitBare:
                return RateLimited(slowDown, header: null);
            default:
                return null;
        }
    }

    /// <summary>The answer to a request that was processed, changed by the fault.</summary>
    private static SandboxAnswer FailAfter(SandboxFault fault, SandboxAnswer answer) =>
        fault switch
        {
            SandboxFault.Error504 => Page(504, "504 Gateway Timeout"),
            SandboxFault.ResetAfter => answer with { Break = AnswerBreak.Reset },
            SandboxFault.HalfBody => answer with { Break = AnswerBreak.Half },
            SandboxFault.StalledBody => answer with { Break = AnswerBreak.Stall },
            SandboxFault.WrongContentType => answer with { ContentType = "text/html" },
            SandboxFault.Html => Page(200, "Welcome"),
            SandboxFault.Gzip => answer with { IsCompressed = true },
            SandboxFault.OtherExperiment => answer with
            {
                Body = Encoding.UTF8.GetBytes(
                    Encoding.UTF8.GetString(answer.Body).Replace("\"uid\":\"exp_", "\"uid\":\"exp_other_")
                ),
            },
            _ => answer,
        };

    private static SandboxAnswer Page(int status, string title) =>
        new(
            status,
            Encoding.UTF8.GetBytes(
                $"<html><head><title>{title}</title></head><body><h1>{title}</h1><hr>gateway</body></html>"
            ),
            "text/html"
        );
}
