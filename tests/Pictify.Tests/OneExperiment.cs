using System.Net.Http;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>One experiment: a ledger with the lines that a test writes, and a service that shows what the test says.</summary>
internal sealed class OneExperiment : IDisposable
{
    private readonly FakeService _service;
    private Experiment? _shown;
    private readonly int _refusal;

    public OneExperiment(string history, string? shown = null, int refusal = 404)
    {
        Show(shown);
        _refusal = refusal;
        _service = new FakeService((request, _) => Answer(request));
        Connection = _service.Connect();
        Connection.FeatureSeen = true;
        Room = new PictifyOperations(Connection, Ledger);
        Append(history);
    }

    public PictifyConnection Connection { get; }

    public PictifyLedger Ledger { get; } = PictifyLedger.InMemory();

    public PictifyOperations Room { get; }

    public string[] Requests => [.. _service.Requests];

    public LedgerEntry[] Recorded => Ledger.FindAsync(LedgerQuery.All).GetAwaiter().GetResult();

    /// <summary>Makes the service show the experiment as <see cref="Written.Shown"/> reads it; null refuses each request.</summary>
    public void Show(string? shown) => _shown = shown is null ? null : Written.Shown(shown);

    public void Append(string history, int first = 1) =>
        Append([
            .. Written.Lines(history).Select((line, place) => line with { OperationId = Id(line, first + place) }),
        ]);

    /// <summary>Adds lines as this connection writes them.</summary>
    public void Append(params LedgerEntry[] lines) =>
        Ledger
            .AppendAsync([
                .. lines.Select(line =>
                    line with
                    {
                        BaseUrl = Connection.BaseUri.AbsoluteUri,
                        Key = line.Key == Written.OwnKey ? Connection.KeyFingerprint : line.Key,
                    }
                ),
            ])
            .GetAwaiter()
            .GetResult();

    public void Dispose()
    {
        Connection.Dispose();
        _service.Dispose();
    }

    private static string Id(LedgerEntry line, int number) =>
        line.OperationId == $"op{line.Sequence}" ? $"op{number}" : line.OperationId!;

    private HttpResponseMessage Answer(HttpRequestMessage request)
    {
        if (_shown is not { } shown)
        {
            return FakeService.Answer(_refusal, "{}");
        }

        string status =
            request.Method == HttpMethod.Get ? shown.StatusText!
            : request.RequestUri!.AbsolutePath.EndsWith("/pause", StringComparison.Ordinal) ? "paused"
            : "running";
        string updated = shown.UpdatedAtMoment is { } moment ? $",\"updatedAt\":\"{moment:O}\"" : "";
        string name = shown.Name is { } text ? $",\"name\":\"{text}\",\"slug\":\"{shown.Slug}\"" : "";
        return FakeService.Answer(
            200,
            $$$"""{"experiment":{"uid":"{{{Written.Uid}}}","status":"{{{status}}}"{{{updated}}}{{{name}}}}}"""
        );
    }
}
