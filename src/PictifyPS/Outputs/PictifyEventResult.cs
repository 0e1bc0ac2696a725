namespace PictifyPS;

/// <summary>The result of one batch of events.</summary>
/// <param name="Sent">Events in the batch, 100 at most.</param>
/// <param name="Processed">Events that the service accepted.</param>
/// <param name="Refused">Events that it did not accept; each is an error.</param>
/// <param name="Warning">The service's warning, such as write_key_recommended.</param>
public sealed record PictifyEventResult(int Sent, int Processed, int Refused, string? Warning);
