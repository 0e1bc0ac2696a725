namespace PictifyPS;

/// <summary>What became of one batch of events.</summary>
/// <param name="Sent">Events in the batch, 100 at most.</param>
/// <param name="Processed">Events that the service took.</param>
/// <param name="Refused">Events that it did not take; each is an error.</param>
/// <param name="Warning">What the service warns of, such as write_key_recommended.</param>
public sealed record PictifyEventResult(int Sent, int Processed, int Refused, string? Warning);
