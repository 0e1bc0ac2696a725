namespace Pictify;

/// <summary>The environment variables that the module reads.</summary>
internal static class EnvironmentVariables
{
    /// <summary>The API key.</summary>
    public const string ApiKey = "PICTIFY_API_KEY";

    /// <summary>The service's address.</summary>
    public const string BaseUri = "PICTIFY_BASE_URL";

    /// <summary>The ledger's file, or <see cref="LedgerSetting.Off"/>.</summary>
    public const string Ledger = "PICTIFY_LEDGER";

    /// <summary>The file of the profiles.</summary>
    public const string Profiles = "PICTIFY_PROFILES";
}
