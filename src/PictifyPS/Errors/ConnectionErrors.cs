using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Profiles;
using static PictifyPS.Errors.ErrorRecords;

namespace PictifyPS.Errors;

/// <summary>
/// Errors of connections and profiles: no connection, a closed one, another one than the input came from, a refused secret.
/// </summary>
internal static class ConnectionErrors
{
    /// <param name="hint">Another way to connect, as a sentence; may be empty.</param>
    public static ErrorRecord NotConnected(string hint = "") =>
        Record(
            ErrorIds.NotConnected,
            ErrorCategory.AuthenticationError,
            null,
            "There is no connection to Pictify. Run 'Connect-Pictify' with an API key, or set the environment variable "
                + $"{EnvironmentVariables.ApiKey}. 'Connect-Pictify -Sandbox' needs neither key nor network.{hint}"
        );

    public static ErrorRecord ConnectionClosed(PictifyConnection connection) =>
        Record(
            ErrorIds.ConnectionClosed,
            ErrorCategory.ConnectionError,
            connection,
            $"The connection to {connection} was closed, by Disconnect-Pictify or by a Connect-Pictify with its name. Connect again with "
                + "Connect-Pictify."
        );

    /// <param name="name">The name that no connection of the session has.</param>
    /// <param name="why">The message, with the names that exist.</param>
    public static ErrorRecord NoSuchConnection(string name, string why) =>
        Record(ErrorIds.ConnectionNotFound, ErrorCategory.ObjectNotFound, name, why);

    public static ErrorRecord NoSuchProfile(string name, ProfileStore store) =>
        Record(
            ErrorIds.ProfileNotFound,
            ErrorCategory.ObjectNotFound,
            name,
            $"There is no profile '{Shown(name)}' in '{store.Location}'. 'Get-PictifyConnection -Saved' lists them; Save-PictifyConnection "
                + "makes one."
        );

    public static ErrorRecord ProfileKeyNotFound(PictifyProfile profile, string why, Exception? cause = null) =>
        Record(
            ErrorIds.ProfileKeyNotFound,
            ErrorCategory.ObjectNotFound,
            profile.Name,
            $"The key of the profile '{profile}' is in the {profile.Key}, and cannot be read: {why.TrimEnd('.')}. Nothing was connected.",
            cause is null ? null : SafeText.Harmless(cause)
        );

    public static ErrorRecord NotSaved(string why) =>
        Record(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, null, $"{why} Nothing was saved.");

    /// <param name="experiment">The input.</param>
    /// <param name="current">The connection that was to be used.</param>
    /// <param name="origin">The connection that it came from, if this session has it.</param>
    public static ErrorRecord OtherConnection(
        object experiment,
        PictifyConnection current,
        PictifyConnection? origin = null
    ) =>
        Record(
            ErrorIds.ConnectionMismatch,
            ErrorCategory.InvalidOperation,
            experiment,
            origin is null
                ? $"{experiment} was read through another connection than the present one ({current}). Nothing was sent. "
                    + "Read it again with Get-PictifyExperiment, or pass the connection it came from with -Connection."
                : $"{experiment} belongs to the connection {origin}, and the present one is {current}. Nothing was sent. {Pass(origin)}"
        );

    /// <summary>For an operation that was made through another connection.</summary>
    public static ErrorRecord OtherOperation(
        PictifyOperation operation,
        PictifyConnection current,
        PictifyConnection origin
    ) =>
        Record(
            ErrorIds.ConnectionMismatch,
            ErrorCategory.InvalidOperation,
            operation,
            $"Operation {operation} ({SafeText.Clean(operation.Command)}) belongs to the connection {origin}, and the present one is {current}. "
                + $"Nothing was sent. {Pass(origin)}"
        );

    private static string Pass(PictifyConnection origin) =>
        origin.Name is { } name ? $"Add '-Connection {name}'." : "Pass that connection with -Connection.";

    public static ErrorRecord SandboxUid(string? text, PictifyConnection current, object? input) =>
        Record(
            ErrorIds.ConnectionMismatch,
            ErrorCategory.InvalidOperation,
            input,
            $"{(text is null ? "The body" : $"'{Shown(text)}'")} names an experiment of a sandbox, and the present connection is to {current}. "
                + "Nothing was sent. Read it again with Get-PictifyExperiment, or pass the sandbox's connection with -Connection."
        );

    public static ErrorRecord ReasonRequired() =>
        Record(
            ErrorIds.ReasonRequired,
            ErrorCategory.InvalidArgument,
            null,
            "This connection was made with -RequireReason, so a change needs one: add -Reason 'why'. Nothing was sent."
        );

    public static ErrorRecord NotASandbox(PictifyConnection connection) =>
        Record(
            ErrorIds.NotASandbox,
            ErrorCategory.InvalidOperation,
            connection,
            $"The connection is to {connection}; only a sandbox's clock can be advanced. Connect with 'Connect-Pictify -Sandbox'. "
                + "Nothing was sent."
        );

    /// <summary>Plain text was given instead of a secret; the error neither repeats it nor has it as its target.</summary>
    public static ErrorRecord PlainTextApiKey() =>
        PlainTextSecret(
            "the API key",
            "'Connect-Pictify -ApiKey (Read-Host \"API key\" -AsSecureString)' prompts for it; a vault's Get-Secret returns one; in a job that "
                + $"cannot prompt, set the environment variable {EnvironmentVariables.ApiKey} and omit -ApiKey."
        );

    public static ErrorRecord PlainTextWriteKey() =>
        PlainTextSecret(
            "the write key",
            "'-WriteKey (Read-Host \"Write key\" -AsSecureString)' prompts for it, and a vault's Get-Secret returns one."
        );

    private static ErrorRecord PlainTextSecret(string what, string instead) =>
        Record(
            ErrorIds.PlainTextSecret,
            ErrorCategory.InvalidArgument,
            null,
            $"The value of {what} is neither a SecureString nor a credential. It is refused, because plain text stays in histories, "
                + $"logs and transcripts. {instead}"
        );
}
