namespace Pictify;

/// <summary>One field that breaks a rule, or that the service refused.</summary>
/// <param name="Field">The field's name, if the service gave one.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Code">The service's code for it, if it gave one.</param>
public sealed record FieldError(string? Field, string Message, string? Code = null)
{
    /// <summary>Reads as <c>slug: is taken</c>.</summary>
    public override string ToString() => Field is null ? Message : $"{Field}: {Message}";
}
