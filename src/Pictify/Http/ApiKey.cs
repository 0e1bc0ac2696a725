using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace Pictify.Http;

/// <summary>An API key: the secret, its fingerprint, and the environment that its prefix names.</summary>
internal sealed class ApiKey : IDisposable
{
    private readonly SecureString _secret;

    /// <summary>Takes a copy of the secret.</summary>
    /// <exception cref="PictifyException">It is empty, or contains characters that a header cannot contain.</exception>
    public ApiKey(SecureString secret)
    {
        _secret = secret.Copy();
        _secret.MakeReadOnly();
        Fingerprint = GetFingerprint(_secret);
        PictifyEnvironment? known = SecureText.Read(_secret, EnvironmentOf);
        Environment = known ?? PictifyEnvironment.Live;
        HasKnownPrefix = known is not null;
    }

    /// <summary>What the key acts on; unknown prefixes are treated as live.</summary>
    public PictifyEnvironment Environment { get; }

    /// <summary>False if the key starts with neither <c>pk_live_</c> nor <c>pk_test_</c>.</summary>
    public bool HasKnownPrefix { get; }

    /// <summary>The first eight hex digits of its SHA-256.</summary>
    public string Fingerprint { get; }

    /// <summary>What is wrong with a key that has other characters than <see cref="IsAllowed"/>, as the end of a sentence.</summary>
    public const string NotAllowedText = "contains a space, a line break or a character outside ASCII";

    /// <summary>True for the characters of a key: printable ASCII without the space, because a line break would begin another header.</summary>
    public static bool IsAllowed(char c) => c is > ' ' and <= '~';

    /// <summary>The fingerprint of a key.</summary>
    /// <exception cref="PictifyException">It is empty, or contains characters that a header cannot contain.</exception>
    public static string GetFingerprint(SecureString secret) => SecureText.Read(secret, CheckAndHash);

    /// <summary>The key in clear text, for a header.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed of.</exception>
    public string GetText() => SecureText.Read(_secret, static key => new string(key));

    /// <summary>The key as UTF-8, which the caller clears.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed of.</exception>
    public byte[] GetUtf8() => SecureText.Utf8(_secret);

    public void Dispose() => _secret.Dispose();

    private static PictifyEnvironment? EnvironmentOf(char[] key) =>
        StartsWith(key, "pk_test_") ? PictifyEnvironment.Test
        : StartsWith(key, "pk_live_") ? PictifyEnvironment.Live
        : null;

    private static bool StartsWith(char[] text, string prefix) =>
        text.AsSpan().StartsWith(prefix.AsSpan(), StringComparison.Ordinal);

    private static string CheckAndHash(char[] key)
    {
        if (key.Length == 0)
        {
            throw Invalid("The API key is empty.");
        }

        if (!key.All(IsAllowed))
        {
            throw Invalid($"The API key {NotAllowedText}: it was probably copied with something around it.");
        }

        byte[] bytes = Encoding.UTF8.GetBytes(key);
        try
        {
            using var sha = SHA256.Create();
            byte[] hash = sha.ComputeHash(bytes);
            return BitConverter.ToString(hash, 0, 4).Replace("-", "").ToLowerInvariant();
        }
        finally
        {
            Array.Clear(bytes, 0, bytes.Length);
        }
    }

    private static PictifyException Invalid(string message) => new(PictifyErrorKind.InvalidArgument, message);
}
