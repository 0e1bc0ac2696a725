using System.Net.Http;

namespace Pictify.Http;

/// <summary>The service's result for a batch of events.</summary>
/// <param name="Processed">Events that it accepted.</param>
/// <param name="Refused">Events that it did not accept.</param>
/// <param name="Warning">Its warning, such as write_key_recommended; null if it sent none.</param>
internal sealed record EventBatchResult(int Processed, IReadOnlyList<RefusedEvent> Refused, string? Warning);

/// <param name="Index">The event's index in the batch.</param>
/// <param name="Message">The service's reason.</param>
internal readonly record struct RefusedEvent(int Index, string Message);

/// <summary>Sends visitors' events, which are not idempotent, to the public endpoint.</summary>
internal sealed class EventSubmission(UnverifiedChange change)
{
    private const int MaximumMessageLength = 200;

    /// <param name="events">The events' fields, <see cref="EventRules.MaximumBatchSize"/> at most.</param>
    /// <param name="writeKey">The write key; null to send the events without one.</param>
    /// <param name="cancellationToken">Cancels before the next attempt; one in flight gets a short time to end.</param>
    /// <returns>The outcome, and the result if the batch was accepted.</returns>
    public async Task<(EventBatchResult? Result, ExperimentChange Change)> SendAsync(
        IReadOnlyList<IReadOnlyDictionary<string, object?>> events,
        string? writeKey,
        CancellationToken cancellationToken
    )
    {
        var request = new ApiRequest(RequestKind.Event, HttpMethod.Post, ApiPaths.Events)
        {
            Authenticated = false,
            Body = PlainJson.Bytes(events),
            WriteKey = writeKey,
            Secrets =
            [
                .. events
                    .Select(static fields => Get(fields, EventFields.WriteKey) as string)
                    .OfType<string>()
                    .Distinct(),
            ],
        };
        IReadOnlyDictionary<string, object?>? body = null;
        (ApiResponse? response, ExperimentChange sent) = await change
            .SendAsync(request, answer => (body = AnswerReader.TryReadObject(answer)) is not null, cancellationToken)
            .ConfigureAwait(false);
        return (response is null ? null : ReadResult(body!, events.Count), sent);
    }

    private static EventBatchResult ReadResult(IReadOnlyDictionary<string, object?> body, int count)
    {
        var refused = new List<RefusedEvent>();
        foreach (object? item in Get(body, "errors") as List<object?> ?? [])
        {
            if (
                item is IReadOnlyDictionary<string, object?> error
                && Get(error, "index") is long index
                && index >= 0
                && index < count
            )
            {
                string? said = error.TryGetValue("error", out object? reason) ? $"{reason}" : null;
                refused.Add(new RefusedEvent((int)index, SafeText.OneLine(said, MaximumMessageLength) ?? ""));
            }
        }

        long processed = Get(body, "processed") is long number ? number : count - refused.Count;
        return new EventBatchResult(
            (int)processed,
            refused,
            SafeText.OneLine(Get(body, "warning") as string, MaximumMessageLength)
        );
    }

    private static object? Get(IReadOnlyDictionary<string, object?> fields, string name) =>
        fields.TryGetValue(name, out object? value) ? value : null;
}
