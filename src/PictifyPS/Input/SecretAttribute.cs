using System.Management.Automation;
using System.Security;

namespace PictifyPS.Input;

/// <summary>
/// Takes a secret and nothing else. PowerShell's own error for a text instead of a SecureString repeats the text, and for a credential it
/// would prompt for the password of a user with that name. So the text is replaced before PowerShell converts it, and the command refuses
/// the replacement.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    private static readonly SecureString _refused = new();
    private static readonly PSCredential _refusedCredential = new("refused", _refused);

    /// <summary>True if the parameter is a credential.</summary>
    public bool IsCredential { get; init; }

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        PowerShellValue.Unwrap(inputData) is null or SecureString or PSCredential ? inputData
        : IsCredential ? _refusedCredential
        : _refused;

    /// <summary>The secret's text, to send it; null if there is none.</summary>
    public static string? Text(SecureString? secret) =>
        secret is null ? null : new PSCredential("secret", secret).GetNetworkCredential().Password;

    /// <summary>True for the replacement of a value that is not a secret.</summary>
    public static bool IsRefused(SecureString? secret) => ReferenceEquals(secret, _refused);

    /// <inheritdoc cref="IsRefused(SecureString?)"/>
    public static bool IsRefused(PSCredential? credential) => ReferenceEquals(credential, _refusedCredential);
}
