using System.Management.Automation;

namespace PictifyPS.Input;

/// <summary>
/// Takes an address that may contain a password. PowerShell's own error for a text that is not an address repeats the text, and its record
/// has the value as its target. So such a text, and an address with a user in it, is replaced before PowerShell converts it, and the
/// command refuses the replacement.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AddressAttribute : ArgumentTransformationAttribute
{
    /// <summary>It has no host, so it is refused as invalid; the given text must not be shown.</summary>
    private static readonly Uri _noAddress = new("refused:");

    /// <summary>An address with a user, which is refused for that reason.</summary>
    private static readonly Uri _withUser = new("https://user@refused.invalid/");

    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        PowerShellValue.Unwrap(inputData) switch
        {
            null => inputData,
            Uri uri => Check(uri),
            string text => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? Check(uri) : _noAddress,
            _ => _noAddress,
        };

    private static Uri Check(Uri uri) =>
        !uri.IsAbsoluteUri || uri.Host.Length == 0 ? _noAddress
        : uri.UserInfo.Length > 0 ? _withUser
        : uri;
}
