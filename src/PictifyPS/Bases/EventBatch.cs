using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Errors;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>Events that one request sends.</summary>
internal sealed class EventBatch(EventInput[] events)
{
    private readonly object[] _inputs = [.. events.Select(static item => item.Input)];

    public int Count => events.Length;

    /// <summary>The change that sends the batch, with its entry in the ledger; its result is the batch with the service's answer.</summary>
    public RecordedChange ToChange(
        PictifyConnection connection,
        PictifyClient client,
        RecordedRun record,
        string? writeKey
    ) =>
        new(
            Count == 1 ? _inputs[0] : _inputs,
            $"Batch of {Count} events",
            $"{Count} events to {connection}",
            $"Send{record.Because}",
            () => EntryOf(record),
            async (entry, cancellationToken) =>
                (this, await SendAsync(client, record, writeKey, entry, cancellationToken).ConfigureAwait(false))
        );

    /// <summary>An error for each event that the service did not accept.</summary>
    public IEnumerable<ErrorRecord> Errors(EventBatchResult sent) =>
        sent.Refused.Select(refused => Failures.EventRefused(_inputs[refused.Index], refused.Message));

    /// <summary>Turns an error of a whole batch into one for each of its events.</summary>
    public static IEnumerable<ErrorRecord> ErrorsOfEach(ErrorRecord error) =>
        error.TargetObject is object[] inputs ? inputs.Select(input => Failures.For(input, error)) : [error];

    /// <summary>One entry for a batch, with a slug if all of its events are one experiment's.</summary>
    private LedgerEntry EntryOf(RecordedRun record)
    {
        object?[] slugs = [.. events.Select(static item => item.Experiment).Distinct()];
        return record.NewEntry() with
        {
            Change = ChangeKind.Event,
            Slug = slugs is [string slug] ? slug : null,
            Detail = $"{Count} events",
        };
    }

    private async Task<EventBatchResult> SendAsync(
        PictifyClient client,
        RecordedRun record,
        string? writeKey,
        LedgerEntry entry,
        CancellationToken cancellationToken
    )
    {
        EventBatchResult? result = null;
        _ = await record
            .RunAsync(
                entry,
                async token =>
                {
                    (result, ExperimentChange sent) = await client
                        .SendEventsAsync([.. events.Select(static item => item.Fields)], writeKey, token)
                        .ConfigureAwait(false);
                    return result is null ? sent : sent with { Detail = $"{result.Processed} of {entry.Detail}" };
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return result!;
    }
}
