namespace Pictify;

/// <summary>
/// The stable ids of all errors, as the cmdlets give them in <c>FullyQualifiedErrorId</c> and the ledger in its lines. They are part of the
/// module's interface: docs/errors.md describes what to do for each.
/// </summary>
public static class ErrorIds
{
    /// <summary>No connection, and no key in the environment.</summary>
    public const string NotConnected = "NotConnected";

    /// <summary><c>Disconnect-Pictify</c>, or a <c>Connect-Pictify</c> with its name, closed this connection.</summary>
    public const string ConnectionClosed = "ConnectionClosed";

    /// <summary>No connection of this session has this name.</summary>
    public const string ConnectionNotFound = "ConnectionNotFound";

    /// <summary>This user has no profile with this name.</summary>
    public const string ProfileNotFound = "ProfileNotFound";

    /// <summary>
    /// <c>Connect-Pictify -Profile</c>: the environment variable is not set, SecretManagement or the secret is missing, or the
    /// secret is not a key.
    /// </summary>
    public const string ProfileKeyNotFound = "ProfileKeyNotFound";

    /// <summary>
    /// The file with the profiles is not as <c>Save-PictifyConnection</c> writes it (an unknown field too), cannot be read, or may
    /// be written by others.
    /// </summary>
    public const string ProfilesUnreadable = "ProfilesUnreadable";

    /// <summary>The file with the profiles cannot be written.</summary>
    public const string ProfilesNotWritten = "ProfilesNotWritten";

    /// <summary>401: the key is malformed, revoked or of another service.</summary>
    public const string KeyRefused = "KeyRefused";

    /// <summary>404, 410 or 501 on the collection: this account has no experiments, or the service retired them.</summary>
    public const string FeatureUnavailable = "FeatureUnavailable";

    /// <summary>An argument cannot be right: an http address, a key with a line break.</summary>
    public const string InvalidArgument = "InvalidArgument";

    /// <summary>A text, or another value that is not a secret, was given as the API key or the write key.</summary>
    public const string PlainTextSecret = "PlainTextSecret";

    /// <summary>
    /// An object cannot become JSON: it contains itself (a circular reference), is nested too deeply, is a secret or a script
    /// block, has keys that are not names or that are equal as text, or throws when it is read.
    /// </summary>
    public const string InvalidObject = "InvalidObject";

    /// <summary>The input has no <c>Uid</c>.</summary>
    public const string InvalidInput = "InvalidInput";

    /// <summary>
    /// <c>Register-PictifyDueJob</c>: this machine has no scheduler on which this user can register a job, or not the requested
    /// one.
    /// </summary>
    public const string NoScheduler = "NoScheduler";

    /// <summary>Crontab, systemctl or schtasks refused, or the job's files cannot be written.</summary>
    public const string SchedulerFailed = "SchedulerFailed";

    /// <summary>
    /// The file of <c>-EnvironmentFile</c> does not exist, can be read by others, or has no line <c>PICTIFY_API_KEY=</c>.
    /// </summary>
    public const string InvalidKeyFile = "InvalidKeyFile";

    /// <summary><c>Register-PictifyDueJob</c> has made no job with this name for this user.</summary>
    public const string DueJobNotFound = "DueJobNotFound";

    /// <summary>The uid could change the request's path.</summary>
    public const string InvalidUid = "InvalidUid";

    /// <summary>
    /// The experiment was read through another connection, the operation or the ledger's entry is of another connection of this
    /// session or of another address, or the uid is a sandbox's and the connection is to a service.
    /// </summary>
    public const string ConnectionMismatch = "ConnectionMismatch";

    /// <summary>404, or no experiment with this name or slug.</summary>
    public const string ExperimentNotFound = "ExperimentNotFound";

    /// <summary>
    /// The list kept changing while it was read, five times: all experiments that were seen are returned, and others may be
    /// missing.
    /// </summary>
    public const string ListUnsettled = "ListUnsettled";

    /// <summary>The experiment did not reach the status in time, or cannot reach it.</summary>
    public const string WaitTimedOut = "WaitTimedOut";

    /// <summary>The service did not accept this event.</summary>
    public const string EventRefused = "EventRefused";

    /// <summary>The image's file exists already.</summary>
    public const string FileExists = "FileExists";

    /// <summary>The image cannot be written: the disk is full, or the folder may not be written to.</summary>
    public const string FileNotWritten = "FileNotWritten";

    /// <summary>A path is not in a file system (<c>Env:</c>, an unknown drive), or names one file for several images.</summary>
    public const string InvalidFilePath = "InvalidFilePath";

    /// <summary><c>-NewName</c> or <c>-NewSlug</c>, and more than one experiment.</summary>
    public const string NotForSeveral = "NotForSeveral";

    /// <summary><c>Set-PictifyExperiment</c> without a field.</summary>
    public const string NothingToChange = "NothingToChange";

    /// <summary><c>Invoke-PictifyApi</c>: the path could leave the connection's address.</summary>
    public const string InvalidPath = "InvalidPath";

    /// <summary>More than <c>-MaximumCount</c>.</summary>
    public const string TooManyExperiments = "TooManyExperiments";

    /// <summary>409: the present status does not allow it, or another experiment has the slug.</summary>
    public const string StateConflict = "StateConflict";

    /// <summary>A rule of the service is broken, found here or by the service (400, 422).</summary>
    public const string ValidationFailed = "ValidationFailed";

    /// <summary>403: the key is valid, but not for this.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>410 for one experiment or image.</summary>
    public const string Expired = "Expired";

    /// <summary>The rate limit asks for a longer wait than <c>-MaximumWaitSec</c>, and further inputs are <c>NotAttempted</c>.</summary>
    public const string RateLimited = "RateLimited";

    /// <summary>402, or 429 for the plan: waiting does not help.</summary>
    public const string QuotaExceeded = "QuotaExceeded";

    /// <summary>
    /// Nothing was sent, because an earlier answer showed that none can succeed, or because the service could not be reached, or
    /// refused every attempt for its rate limit, for three inputs in a row.
    /// </summary>
    public const string NotAttempted = "NotAttempted";

    /// <summary>It may have happened, and reading the experiment did not show whether it did.</summary>
    public const string OutcomeUnknown = "OutcomeUnknown";

    /// <summary>5xx, after all retries.</summary>
    public const string ServiceFailed = "ServiceFailed";

    /// <summary>No connection, or it broke, after all retries.</summary>
    public const string ConnectionFailed = "ConnectionFailed";

    /// <summary>No complete answer within <c>-TimeoutSec</c>, after all retries.</summary>
    public const string TimedOut = "TimedOut";

    /// <summary>The answer is not this API's: HTML, incomplete JSON, a redirect, another experiment.</summary>
    public const string InvalidResponse = "InvalidResponse";

    /// <summary>The command was stopped while the request was under way.</summary>
    public const string Stopped = "Stopped";

    /// <summary>The connection was made with <c>-RequireReason</c>, and the command has no <c>-Reason</c>.</summary>
    public const string ReasonRequired = "ReasonRequired";

    /// <summary>The ledger cannot be written, and the connection was made with <c>-RequireLedger</c>, or the pause has an end.</summary>
    public const string LedgerUnavailable = "LedgerUnavailable";

    /// <summary>The command needs the ledger, which is off.</summary>
    public const string LedgerOff = "LedgerOff";

    /// <summary>A ledger is to be read, and <c>-LedgerPath</c> or <c>PICTIFY_LEDGER</c> names a file that does not exist.</summary>
    public const string LedgerNotFound = "LedgerNotFound";

    /// <summary>The ledger exists, but cannot be read: no access, or the path is a folder.</summary>
    public const string LedgerUnreadable = "LedgerUnreadable";

    /// <summary>
    /// A run of this session that <c>Get-PictifyOperation -Last</c> names recorded nothing in the ledger: it changed nothing, or
    /// the ledger was off or could not be written.
    /// </summary>
    public const string NothingRecorded = "NothingRecorded";

    /// <summary>The ledger has no operation with this id.</summary>
    public const string OperationNotFound = "OperationNotFound";

    /// <summary>No API undoes what this command did.</summary>
    public const string NotUndoable = "NotUndoable";

    /// <summary>
    /// The experiment is not as the operation left it, a later one changed it, or its earlier status cannot be restored: it was not
    /// changed.
    /// </summary>
    public const string UndoConflict = "UndoConflict";

    /// <summary>Reading the experiment does not show what the outcome of a change was.</summary>
    public const string NotSettled = "NotSettled";

    /// <summary><c>Measure-PictifyExperiment</c>: the counters, ids or weights cannot be measured.</summary>
    public const string NotMeasurable = "NotMeasurable";

    /// <summary><c>-Control</c> is none of this experiment's variants.</summary>
    public const string ControlNotFound = "ControlNotFound";

    /// <summary><c>Complete-PictifyExperiment -Leader</c>: the input has no <c>LeaderId</c>.</summary>
    public const string NoLeader = "NoLeader";

    /// <summary><c>Step-PictifySandbox</c> on a connection to a service.</summary>
    public const string NotASandbox = "NotASandbox";

    /// <summary>A defect of this module.</summary>
    public const string UnexpectedError = "UnexpectedError";
}
