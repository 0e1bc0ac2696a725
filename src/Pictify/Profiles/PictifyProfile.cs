using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Pictify.Http;

namespace Pictify.Profiles;

/// <summary>
/// A connection as it is saved for another session: all its settings except its secrets, and where its key is.
/// </summary>
public sealed record PictifyProfile
{
    private const int LongestText = 256;

    private static readonly Regex _variable = new(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z", RegexOptions.CultureInvariant);
    private static readonly Regex _likeKey = new(
        "pk_(live|test)_",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    );

    /// <summary>Its name, among the profiles of this user on this machine.</summary>
    public string Name { get; set; } = "";

    /// <summary>True for a sandbox: a new one for each connection, which needs no key.</summary>
    public bool Sandbox { get; set; }

    /// <summary>The service's address; null for a sandbox.</summary>
    public Uri? BaseUri { get; set; }

    /// <summary>The name of the secret of SecretManagement that is the key.</summary>
    public string? SecretName { get; set; }

    /// <summary>The vault that contains the secret; null for SecretManagement's own default.</summary>
    public string? Vault { get; set; }

    /// <summary>The name of the environment variable that contains the key.</summary>
    public string? KeyVariable { get; set; }

    /// <summary>Where changes are recorded: a file, <c>memory</c> for a sandbox's own record, or <c>off</c>.</summary>
    public string LedgerPath { get; set; } = LedgerSetting.Off;

    /// <summary>Whether changes that cannot be recorded are refused.</summary>
    public bool RequireLedger { get; set; }

    /// <summary>Whether changes without a reason are refused.</summary>
    public bool RequireReason { get; set; }

    /// <summary>Longest time for one attempt of a request, in seconds.</summary>
    public double TimeoutSec { get; set; } = PictifyConnectionOptions.DefaultTimeoutSeconds;

    /// <summary>Further attempts after the first.</summary>
    public int MaximumRetryCount { get; set; } = PictifyConnectionOptions.DefaultRetryCount;

    /// <summary>The first wait between two attempts, in seconds.</summary>
    public double RetryIntervalSec { get; set; } = PictifyConnectionOptions.DefaultRetryIntervalSeconds;

    /// <summary>The longest wait that the service's rate limit may ask for, in seconds.</summary>
    public double MaximumWaitSec { get; set; } = PictifyConnectionOptions.DefaultWaitSeconds;

    /// <summary>A proxy for this connection; the system's own if it is null.</summary>
    public Uri? Proxy { get; set; }

    /// <summary>Uses no proxy, not even the system's.</summary>
    public bool NoProxy { get; set; }

    /// <summary>Where the key is, in words; null for a sandbox. Never the key.</summary>
    [JsonIgnore]
    public string? Key =>
        KeyVariable is not null ? $"environment variable {KeyVariable}"
        : SecretName is null ? null
        : Vault is null ? $"secret {SecretName}"
        : $"secret {SecretName} in vault {Vault}";

    /// <summary>Reads as its name.</summary>
    public override string ToString() => Name;

    /// <summary>A connection's settings, without its secrets.</summary>
    /// <exception cref="ProfileException">It cannot be saved, or would contain the key.</exception>
    internal static PictifyProfile Of(
        PictifyConnection connection,
        string name,
        string? secretName = null,
        string? vault = null,
        string? keyVariable = null
    )
    {
        PictifyConnectionOptions options = connection.Options;
        bool isSandbox = connection.Sandbox is not null;
        var profile = new PictifyProfile
        {
            Name = name,
            Sandbox = isSandbox,
            BaseUri = isSandbox ? null : connection.BaseUri,
            SecretName = secretName,
            Vault = vault,
            KeyVariable = keyVariable,
            LedgerPath = options.LedgerPath,
            RequireLedger = options.RequireLedger,
            RequireReason = options.RequireReason,
            TimeoutSec = options.Timeout.TotalSeconds,
            MaximumRetryCount = options.MaximumRetryCount,
            RetryIntervalSec = options.RetryInterval.TotalSeconds,
            MaximumWaitSec = options.MaximumWait.TotalSeconds,
            Proxy = options.Proxy,
            NoProxy = options.NoProxy,
        };

        // Checked before the values are: no message may repeat a key.
        using SecretMask mask = connection.Mask();
        string text = profile.ToJson();
        if (mask.Apply(text) != text || new[] { name, secretName, vault, keyVariable }.Any(IsKey))
        {
            throw new ProfileException(
                ProfileFailure.Invalid,
                "What was to be saved contains a key itself, and is neither saved nor repeated here. A profile has the name of the secret, or "
                    + "of the environment variable, that contains the key."
            );
        }

        return profile.GetProblem() is { } why ? throw new ProfileException(ProfileFailure.Invalid, why) : profile;
    }

    /// <summary>The options of a connection; the caller adds the key, or the sandbox.</summary>
    internal PictifyConnectionOptions Options()
    {
        var options = new PictifyConnectionOptions
        {
            Name = Name,
            LedgerPath = LedgerPath,
            RequireLedger = RequireLedger,
            RequireReason = RequireReason,
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            MaximumRetryCount = MaximumRetryCount,
            RetryInterval = TimeSpan.FromSeconds(RetryIntervalSec),
            MaximumWait = TimeSpan.FromSeconds(MaximumWaitSec),
            Proxy = Proxy,
            NoProxy = NoProxy,
        };
        return BaseUri is null ? options : options with { BaseUri = BaseUri };
    }

    /// <summary>The JSON of the profile, as it is in the file.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, ProfileJson.Default.PictifyProfile);

    /// <summary>Why no connection can be made with it; null if one can.</summary>
    internal string? GetProblem()
    {
        if (!ConnectionName.IsValid(Name ?? ""))
        {
            return ConnectionName.GetProblem(Name ?? "");
        }

        if (GetPlaceProblem() is { } why)
        {
            return why;
        }

        if (KeyVariable is not null && !_variable.IsMatch(KeyVariable))
        {
            return $"'{SafeText.Clean(KeyVariable, SafeText.LongestName)}' is no name of an environment variable: letters, digits and '_'.";
        }

        if (IsNoText(SecretName) || IsNoText(Vault))
        {
            return $"The name of a secret, or of a vault, has 1 to {LongestText} characters, without control characters or other characters "
                + "that are invisible.";
        }

        if (
            string.IsNullOrWhiteSpace(LedgerPath)
            || LedgerPath.Any(char.IsControl)
            || (LedgerPath == LedgerSetting.Memory && !Sandbox)
        )
        {
            return "The ledger is the path of a file, or 'off'; a sandbox's may be 'memory'.";
        }

        if (
            !(TimeoutSec > 0 && TimeoutSec <= 3600)
            || MaximumRetryCount is < 0 or > 20
            || !(RetryIntervalSec >= 0 && RetryIntervalSec <= 30)
            || !(MaximumWaitSec >= 0 && MaximumWaitSec <= 86400)
        )
        {
            return "The time limit is up to 3600 seconds, there are 0 to 20 further attempts, the wait before them is 0 to 30 seconds, and "
                + "the rate limit's 0 to 86400.";
        }

        try
        {
            _ = BaseUri is null ? null : Addresses.CheckBase(BaseUri);
            _ = Proxy is null ? null : Addresses.CheckProxy(Proxy);
            return null;
        }
        catch (PictifyException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>What is wrong with the address of the service, or with the place of its key.</summary>
    private string? GetPlaceProblem()
    {
        if (Sandbox)
        {
            return BaseUri is not null || Key is not null || Vault is not null || Proxy is not null || NoProxy
                ? "A sandbox has neither an address nor a key nor a proxy."
                : null;
        }

        if (BaseUri is null)
        {
            return "There is no address.";
        }

        return SecretName is null == KeyVariable is null || (Vault is not null && SecretName is null)
            ? "The key is in one place: a secret, which may name its vault, or an environment variable."
            : null;
    }

    private static bool IsKey(string? text) => text is not null && _likeKey.IsMatch(text);

    private static bool IsNoText(string? text) =>
        text is not null && (text.Trim().Length == 0 || text.Length > LongestText || SafeText.Clean(text) != text);
}

/// <summary>The file with all profiles of a user.</summary>
internal sealed class ProfileFile
{
    public int Version { get; set; }

    public PictifyProfile[]? Profiles { get; set; }
}

/// <summary>
/// Reads and writes the file with generated code. An unknown field is refused, and not ignored: it may be a key that somebody wrote
/// there, or a requirement of a later version.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true
)]
[JsonSerializable(typeof(ProfileFile))]
internal sealed partial class ProfileJson : JsonSerializerContext;
