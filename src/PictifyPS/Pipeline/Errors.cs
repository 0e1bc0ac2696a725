using System.Globalization;
using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Profiles;
using Pictify.Schedules;
using Pictify.Statistics;
using PictifyPS.Views;

namespace PictifyPS.Pipeline;

/// <summary>
/// The one place where error records are made: a stable id, a category by cause, the input as target, and a message that
/// says what happened and what to do. The ids are part of the module's interface; docs/errors.md lists them.
/// </summary>
internal static class Errors
{
    /// <param name="hint">What else would connect.</param>
    public static ErrorRecord NotConnected(string hint = "") =>
        Record(
            "NotConnected",
            ErrorCategory.AuthenticationError,
            null,
            "There is no connection to Pictify. Run 'Connect-Pictify' with an API key, or set the environment variable "
                + $"PICTIFY_API_KEY. 'Connect-Pictify -Sandbox' needs neither key nor network.{hint}"
        );

    public static ErrorRecord ConnectionClosed(PictifyConnection connection) =>
        Record(
            "ConnectionClosed",
            ErrorCategory.ConnectionError,
            connection,
            $"The connection to {connection} was closed, by Disconnect-Pictify or by a Connect-Pictify with its name. Connect again with "
                + "Connect-Pictify."
        );

    public static ErrorRecord NoSuchConnection(string name) =>
        Record("ConnectionNotFound", ErrorCategory.ObjectNotFound, name, NamedConnections.Missing(name));

    public static ErrorRecord NoSuchProfile(string name, ProfileStore store) =>
        Record(
            "ProfileNotFound",
            ErrorCategory.ObjectNotFound,
            name,
            $"There is no profile '{Shown(name)}' in '{store.Location}'. 'Get-PictifyConnection -Saved' lists them; Save-PictifyConnection "
                + "makes one."
        );

    public static ErrorRecord ProfileKeyNotFound(PictifyProfile profile, string why, Exception? cause = null) =>
        Record(
            "ProfileKeyNotFound",
            ErrorCategory.ObjectNotFound,
            profile.Name,
            $"The key of the profile '{profile}' is in the {profile.Key}, and cannot be read: {why.TrimEnd('.')}. Nothing was connected.",
            cause is null ? null : SafeText.Harmless(cause)
        );

    public static ErrorRecord NotSaved(string why) =>
        Record("InvalidArgument", ErrorCategory.InvalidArgument, null, $"{why} Nothing was saved.");

    public static ErrorRecord NoUid(object? input, Columns? columns) =>
        Record(
            "InvalidInput",
            ErrorCategory.InvalidArgument,
            input,
            input is null
                ? "The input is null. Pipe experiments from Get-PictifyExperiment, objects with a Uid, or uids."
                : $"The input of type {input.GetType().Name} has no Uid. Pipe experiments from Get-PictifyExperiment, "
                    + $"objects with a Uid (rows of a CSV, for example), or uids.{columns?.Advice(nameof(Experiment.Uid))}"
        );

    public static ErrorRecord Unreadable(object input, Exception cause) =>
        Record(
            "InvalidInput",
            ErrorCategory.InvalidArgument,
            input,
            $"The input of type {input.GetType().Name} cannot be read: {SafeText.Clean(cause.GetBaseException().Message, 1_000).TrimEnd('.')}. "
                + "Nothing was sent for it. Select-Object Uid takes what is needed of an object.",
            SafeText.Harmless(cause)
        );

    public static ErrorRecord InvalidUid(string uid, string why, object? input) =>
        Record(
            "InvalidUid",
            ErrorCategory.InvalidArgument,
            input,
            $"'{Shown(uid)}' cannot be an experiment's uid: {why}. Nothing was sent. "
                + (
                    Columns.OfText(uid) is { } columns
                        ? $"It is the text of an object without a Uid.{columns.Advice(nameof(Experiment.Uid))}"
                        : "To find experiments by name, use -Name."
                )
        );

    /// <param name="experiment">What came in.</param>
    /// <param name="current">The connection that was to be used.</param>
    /// <param name="origin">The one that it came from, where this session has it.</param>
    public static ErrorRecord OtherConnection(
        object experiment,
        PictifyConnection current,
        PictifyConnection? origin = null
    ) =>
        Record(
            "ConnectionMismatch",
            ErrorCategory.InvalidOperation,
            experiment,
            origin is null
                ? $"{experiment} was read through another connection than the present one ({current}). Nothing was sent. "
                    + "Read it again with Get-PictifyExperiment, or pass the connection it came from with -Connection."
                : $"{experiment} is of the connection {origin}, and the present one is {current}. Nothing was sent. {Pass(origin)}"
        );

    /// <summary>The connection of another operation than those of the present one.</summary>
    public static ErrorRecord OtherOperation(
        PictifyOperation operation,
        PictifyConnection current,
        PictifyConnection origin
    ) =>
        Record(
            "ConnectionMismatch",
            ErrorCategory.InvalidOperation,
            operation,
            $"Operation {operation} ({SafeText.Clean(operation.Command)}) is of the connection {origin}, and the present one is {current}. "
                + $"Nothing was sent. {Pass(origin)}"
        );

    private static string Pass(PictifyConnection origin) =>
        origin.Name is { } name ? $"Add '-Connection {name}'." : "Pass that connection with -Connection.";

    public static ErrorRecord SandboxUid(string? text, PictifyConnection current, object? input) =>
        Record(
            "ConnectionMismatch",
            ErrorCategory.InvalidOperation,
            input,
            $"{(text is null ? "The body" : $"'{Shown(text)}'")} names an experiment of a sandbox, and the present connection leads to {current}. Nothing was sent. "
                + "Read it again with Get-PictifyExperiment, or pass the sandbox's connection with -Connection."
        );

    public static ErrorRecord TooMany(string verb, int maximum) =>
        Record(
            "TooManyExperiments",
            ErrorCategory.LimitsExceeded,
            null,
            $"There are more than {maximum} experiments to {verb}, so none was touched. "
                + "Check what is piped in, or raise -MaximumCount."
        );

    /// <summary>What only one experiment can have, or what would make experiments hard to tell apart.</summary>
    public static ErrorRecord NotForSeveral(
        string parameter,
        ExperimentIdentity one,
        ExperimentIdentity other,
        string each
    ) =>
        Record(
            "NotForSeveral",
            ErrorCategory.InvalidArgument,
            other.Input,
            $"{parameter} is for one experiment, and there are several: {one}, {other}. Nothing was sent. For each its own: "
                + $"... | ForEach-Object {{ {each} }}"
        );

    /// <summary>Experiments come from the pipeline, and a parameter says which are meant.</summary>
    public static ErrorRecord SelectedTwice(string parameter) =>
        InvalidCall(
            $"-{parameter} says which experiments are meant, and so does the pipeline: give one of them. '... | Where-Object {parameter} "
                + "-like ...' chooses among what is piped."
        );

    public static ErrorRecord ListUnsettled() =>
        Record(
            "ListUnsettled",
            ErrorCategory.ResourceBusy,
            null,
            "The list of experiments kept changing while it was read, however often that was, so some may be missing. Those that came are as "
                + "they should be. Collect a list before changing what it shows ('$found = Get-PictifyExperiment ...'), and run the command again."
        );

    /// <param name="what">What there is none of, such as <c>experiment with the name</c>.</param>
    /// <param name="text">The name or the slug that was asked for.</param>
    /// <param name="lister">The cmdlet that lists those that there are.</param>
    /// <param name="instead">What the text is, where that is known.</param>
    public static ErrorRecord NoSuch(string what, string text, string lister, string? instead) =>
        Record(
            "ExperimentNotFound",
            ErrorCategory.ObjectNotFound,
            text,
            $"There is no {what} '{Shown(text)}'. {instead ?? $"{lister} lists them; wildcards such as 'Hero*' are allowed."}"
        );

    public static ErrorRecord InvalidSchedule(string why) =>
        Record("InvalidArgument", ErrorCategory.InvalidArgument, null, $"{why} Nothing was registered.");

    public static ErrorRecord NoSuchDueJob(string name) =>
        Record(
            "DueJobNotFound",
            ErrorCategory.ObjectNotFound,
            name,
            $"There is no job '{Shown(name)}' that Register-PictifyDueJob made for this user. Get-PictifyDueJob lists them."
        );

    /// <summary>Rules that are broken, all in one error; nothing was sent.</summary>
    public static ErrorRecord Invalid(string subject, FieldError[] errors, object? target) =>
        new(
            ChangePreview.Broken($"The {subject} breaks rules of the service; nothing was sent.", errors),
            "ValidationFailed",
            ErrorCategory.InvalidData,
            target
        );

    public static ErrorRecord InvalidPath(string path, string why) =>
        Record(
            "InvalidPath",
            ErrorCategory.InvalidArgument,
            path,
            $"'{Shown(path)}' is no path of this API: {why}. Nothing was sent."
        );

    public static ErrorRecord InvalidCall(string why) =>
        Record("InvalidArgument", ErrorCategory.InvalidArgument, null, $"{why} Nothing was sent.");

    public static ErrorRecord ReasonRequired() =>
        Record(
            "ReasonRequired",
            ErrorCategory.InvalidArgument,
            null,
            "This connection was made with -RequireReason, so a change needs one: add -Reason 'why'. Nothing was sent."
        );

    public static ErrorRecord LedgerOff() =>
        Record(
            "LedgerOff",
            ErrorCategory.InvalidOperation,
            null,
            "The ledger is off, so there is nothing to read. 'Connect-Pictify -LedgerPath <file>' turns it on, and so does "
                + "the environment variable PICTIFY_LEDGER; without either it is on."
        );

    public static ErrorRecord LedgerNeeded(string what) =>
        Record(
            "LedgerOff",
            ErrorCategory.InvalidOperation,
            null,
            $"{what} needs the ledger, which is off. 'Connect-Pictify -LedgerPath <file>' turns it on, and so does the "
                + "environment variable PICTIFY_LEDGER. Nothing was sent."
        );

    /// <summary>Get-PictifyOperation -Last names a run of this session also where the ledger has nothing of it.</summary>
    public static ErrorRecord OperationNotFound(string id, ILedger ledger) =>
        SessionOperation.Find(id) is { Lines.HasRecorded: false } run
            ? NothingRecorded(run.Operation(), run.Lines.Ledger)
            : Record(
                "OperationNotFound",
                ErrorCategory.ObjectNotFound,
                id,
                $"There is no operation '{Shown(id)}' in the ledger '{ledger.Location}'. Get-PictifyOperation lists them."
            );

    private static ErrorRecord NothingRecorded(PictifyOperation operation, ILedger? ledger) =>
        Record(
            "NothingRecorded",
            ErrorCategory.ObjectNotFound,
            operation,
            $"This run of {operation.Command} recorded nothing, because "
                + (
                    operation.Total == 0 ? "it changed nothing"
                    : ledger is null ? "the ledger was off"
                    : $"the ledger '{ledger.Location}' could not be written"
                )
                + $" ({ViewText.Result(operation)}). There is nothing to settle or to take back."
        );

    public static ErrorRecord NotUndoable(PictifyOperation operation, string why) =>
        Record(
            "NotUndoable",
            ErrorCategory.InvalidOperation,
            operation,
            $"Operation {operation} ({SafeText.Clean(operation.Command)}) cannot be undone: {why}. Nothing was sent."
        );

    public static ErrorRecord NothingToChange() =>
        Record(
            "NothingToChange",
            ErrorCategory.InvalidArgument,
            null,
            "No field to change was given, so nothing was sent. -NewName, -Variant, -DestinationUrl and others say what is to change."
        );

    public static ErrorRecord EventRefused(object input, string message) =>
        Record("EventRefused", ErrorCategory.InvalidData, input, $"The service did not take the event: {message}.");

    public static ErrorRecord FileExists(string file, object target) =>
        Record(
            "FileExists",
            ErrorCategory.ResourceExists,
            target,
            $"There is a file '{Shown(file)}'. -Force writes over it."
        );

    /// <summary>Its numbers say nothing, and the exception says why.</summary>
    public static ItemException NotMeasurable(MeasurementException cause) =>
        cause.Problems is [{ Code: MeasurementException.NoSuchControl }]
            ? new ItemException(
                "ControlNotFound",
                ErrorCategory.ObjectNotFound,
                $"It cannot be measured: the {cause.Problems[0].Field} {cause.Problems[0].Message}.",
                cause
            )
            : NotMeasurable(string.Join("; ", cause.Problems), cause);

    public static ItemException NotMeasurable(string why, Exception? cause = null) =>
        new("NotMeasurable", ErrorCategory.InvalidData, $"It cannot be measured: {why.TrimEnd('.')}.", cause);

    public static ErrorRecord NothingToMeasure(object? input, Columns? columns) =>
        Record(
            "InvalidInput",
            ErrorCategory.InvalidArgument,
            input,
            "The input has neither Variants to measure nor a Uid to read. Pipe experiments from Get-PictifyExperiment, objects with "
                + $"Variants that have Id, Weight, Impressions and Clicks, or uids.{columns?.Advice(nameof(Experiment.Uid))}"
        );

    public static ErrorRecord NoLeader(ExperimentIdentity experiment) =>
        Record(
            "NoLeader",
            ErrorCategory.InvalidData,
            experiment.Input,
            $"{experiment}: the input has no LeaderId, so -Leader names no winner. Pipe from Measure-PictifyExperiment; it gives none where "
                + "the numbers cannot be trusted. Nothing was sent."
        );

    public static ErrorRecord NotASandbox(PictifyConnection connection) =>
        Record(
            "NotASandbox",
            ErrorCategory.InvalidOperation,
            connection,
            $"The connection leads to {connection}, and only a sandbox can be moved on. Connect with 'Connect-Pictify -Sandbox'. "
                + "Nothing was sent."
        );

    public static ErrorRecord NotAttempted(object? target, string? subject, string cause) =>
        Record(
            "NotAttempted",
            ErrorCategory.OperationStopped,
            target,
            $"{subject ?? target}: nothing was sent, because an earlier request showed that none can succeed now. {cause}"
        );

    /// <summary>The same error for one of the inputs that it is about.</summary>
    public static ErrorRecord For(object input, ErrorRecord error) =>
        new(error.Exception, error.FullyQualifiedErrorId, error.CategoryInfo.Category, input)
        {
            ErrorDetails = error.ErrorDetails,
        };

    /// <summary>A text where a secret belongs; the error neither repeats it nor has it as its target.</summary>
    public static ErrorRecord PlainTextSecret(string what, string instead) =>
        Record(
            "PlainTextSecret",
            ErrorCategory.InvalidArgument,
            null,
            $"What was given as {what} is no SecureString and no credential. It is not taken, because a plain text stays in histories, "
                + $"logs and transcripts. {instead}"
        );

    public static ErrorRecord NoFilePath(string what, string path, string why, Exception? cause = null) =>
        Record(
            "InvalidFilePath",
            ErrorCategory.InvalidArgument,
            path,
            $"{what} '{Shown(path)}' is no path of a file or folder: {why.TrimEnd('.')}.",
            cause is null ? null : SafeText.Harmless(cause)
        );

    /// <summary>The disk, and not an argument: it is full, or may not be written to.</summary>
    public static ItemException FileNotWritten(string file, Exception cause) =>
        new(
            "FileNotWritten",
            ErrorCategory.WriteError,
            $"The image cannot be written to '{Shown(file)}': {SafeText.Clean(cause.Message, 1_000).TrimEnd('.')}. "
                + "What was there before is as it was.",
            SafeText.Harmless(cause)
        );

    public static ErrorRecord OneFile(string file, string slug) =>
        Record(
            "InvalidFilePath",
            ErrorCategory.InvalidArgument,
            slug,
            $"'{Shown(slug)}' is not saved: -Path names one file, '{Shown(file)}', and it is another image's. Give a folder for several."
        );

    /// <summary>An object that a person gave, and that cannot become JSON.</summary>
    public static ErrorRecord NotJson(object? input, FormatException exception) =>
        Record(
            "InvalidObject",
            ErrorCategory.InvalidData,
            input,
            $"The object of type {ApiObject.Unwrap(input)?.GetType().Name ?? "null"} cannot be sent as JSON: {exception.Message} Nothing was sent for it.",
            exception
        );

    /// <summary>Any failure; one that is not of this module's making keeps its own message.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="target">The input that it is about.</param>
    /// <param name="subject">What the message calls it; null where it names it already.</param>
    /// <param name="isUid">True where a text that comes in is taken as a uid.</param>
    public static ErrorRecord From(Exception exception, object? target, string? subject = null, bool isUid = false)
    {
        if (exception is ItemException item)
        {
            return new ErrorRecord(exception, item.Id, item.Category, target)
            {
                ErrorDetails = Details(subject is null ? item.Message : $"{subject}: {item.Message}"),
            };
        }

        if (exception is LedgerException ledger)
        {
            return OfLedger(ledger, target, subject);
        }

        if (exception is ProfileException profile)
        {
            return OfProfile(profile, target);
        }

        if (exception is ScheduleException schedule)
        {
            return OfSchedule(schedule, target);
        }

        if (exception is not PictifyException failure)
        {
            return new ErrorRecord(exception, "UnexpectedError", ErrorCategory.NotSpecified, target);
        }

        (ErrorCategory category, string? advice) = Describe(failure);
        if (
            isUid
            && failure.Kind == PictifyErrorKind.NotFound
            && ApiObject.Unwrap(target) is string text
            && !text.StartsWith("exp_", StringComparison.OrdinalIgnoreCase)
        )
        {
            advice = $"'{Shown(text)}' was taken as a uid; -Name takes a name, and -Slug a slug.";
        }

        string message = subject is null ? failure.Message : $"{subject}: {failure.Message}";
        var record = new ErrorRecord(failure, failure.ErrorId, category, target)
        {
            ErrorDetails = Details(advice is null ? message : $"{message} {advice}"),
        };
        if (failure.RequestId is { } requestId)
        {
            record.ErrorDetails.RecommendedAction = $"The service knows this request as '{requestId}'.";
        }

        return record;
    }

    private static ErrorRecord OfLedger(LedgerException failure, object? target, string? subject)
    {
        (string id, ErrorCategory category) = failure.Failure switch
        {
            LedgerFailure.NotFound => ("LedgerNotFound", ErrorCategory.ObjectNotFound),
            LedgerFailure.Unreadable => ("LedgerUnreadable", ErrorCategory.ReadError),
            _ => ("LedgerUnavailable", ErrorCategory.WriteError),
        };
        string what =
            failure.Failure == LedgerFailure.Unwritable
                ? " Nothing was sent: a pause with an end, and every change of a connection that was made with -RequireLedger, needs its record."
                : "";
        return new ErrorRecord(failure, id, category, target ?? failure.Location.Path)
        {
            ErrorDetails = Details($"{(subject is null ? "" : $"{subject}: ")}{failure.Message}{what}"),
        };
    }

    private static ErrorRecord OfSchedule(ScheduleException failure, object? target)
    {
        (string id, ErrorCategory category) = failure.Failure switch
        {
            ScheduleFailure.Invalid => ("InvalidArgument", ErrorCategory.InvalidArgument),
            ScheduleFailure.NoScheduler => ("NoScheduler", ErrorCategory.NotInstalled),
            ScheduleFailure.KeyFile => ("InvalidKeyFile", ErrorCategory.SecurityError),
            _ => ("SchedulerFailed", ErrorCategory.InvalidResult),
        };
        return new ErrorRecord(failure, id, category, target);
    }

    private static ErrorRecord OfProfile(ProfileException failure, object? target)
    {
        (string id, ErrorCategory category) = failure.Failure switch
        {
            ProfileFailure.Invalid => ("InvalidArgument", ErrorCategory.InvalidArgument),
            ProfileFailure.Unreadable => ("ProfilesUnreadable", ErrorCategory.ReadError),
            _ => ("ProfilesNotWritten", ErrorCategory.WriteError),
        };
        return new ErrorRecord(failure, id, category, target);
    }

    private static (ErrorCategory Category, string? Advice) Describe(PictifyException failure) =>
        failure.OutcomeUnknown
            ? (ErrorCategory.InvalidResult, AfterUnknownOutcome(failure))
            : failure.Kind switch
            {
                PictifyErrorKind.InvalidArgument => (ErrorCategory.InvalidArgument, null),
                PictifyErrorKind.Validation => (ErrorCategory.InvalidData, null),
                PictifyErrorKind.Unauthorized => (
                    ErrorCategory.AuthenticationError,
                    "Connect again with 'Connect-Pictify -ApiKey', or set PICTIFY_API_KEY."
                ),
                PictifyErrorKind.Forbidden => (ErrorCategory.PermissionDenied, null),
                PictifyErrorKind.NotFound => (ErrorCategory.ObjectNotFound, null),
                PictifyErrorKind.FeatureUnavailable => (
                    ErrorCategory.NotImplemented,
                    "Test-PictifyConnection tells which. 'Connect-Pictify -Sandbox' works without the service."
                ),
                PictifyErrorKind.Conflict => (
                    ErrorCategory.InvalidOperation,
                    failure.Code switch
                    {
                        PictifyClient.NeverStarted => "Start-PictifyExperiment starts it.",
                        PictifyClient.StillRunning =>
                            "Suspend-PictifyExperiment or Complete-PictifyExperiment ends that first.",
                        _ => null,
                    }
                ),
                PictifyErrorKind.Gone => (ErrorCategory.ObjectNotFound, null),
                PictifyErrorKind.RateLimited => (
                    ErrorCategory.LimitsExceeded,
                    failure.RetryAtMoment is { } at ? $"Run it again after {Moment.Show(at.ToLocalTime())}." : null
                ),
                PictifyErrorKind.QuotaExceeded => (
                    ErrorCategory.QuotaExceeded,
                    "Get-PictifyExperimentQuota shows what the plan allows."
                ),
                PictifyErrorKind.Server => (ErrorCategory.ResourceUnavailable, "Try again later."),
                PictifyErrorKind.Network => (
                    ErrorCategory.ConnectionError,
                    "Check the network, the proxy and the base URI; Test-PictifyConnection tells more."
                ),
                PictifyErrorKind.WaitTimedOut => (ErrorCategory.OperationTimeout, null),
                PictifyErrorKind.Timeout => (
                    ErrorCategory.OperationTimeout,
                    "'Connect-Pictify -TimeoutSec' allows more time."
                ),
                PictifyErrorKind.Stopped => (ErrorCategory.OperationStopped, null),
                PictifyErrorKind.ConnectionClosed => (ErrorCategory.ConnectionError, null),
                PictifyErrorKind.UndoConflict => (ErrorCategory.ResourceExists, null),
                PictifyErrorKind.NotSettled => (ErrorCategory.InvalidResult, null),
                _ => (ErrorCategory.InvalidData, null),
            };

    /// <summary>Whether a change may simply be run again depends on what it was.</summary>
    private static string AfterUnknownOutcome(PictifyException failure) =>
        failure.Asked switch
        {
            RequestKind.Create =>
                "Look for its slug with 'Get-PictifyExperiment -Slug' before running the command again: where it was created, another "
                    + "create meets its own slug.",
            RequestKind.Event => "The events may have been counted: sending them again may count them twice.",
            RequestKind.Other => "Look at what it was to change before calling it again: it may be done twice.",
            _ => "It is safe to run the command again: what is done already counts as success.",
        };

    private static ErrorRecord Record(
        string id,
        ErrorCategory category,
        object? target,
        string message,
        Exception? cause = null
    ) =>
        new(
            new PSInvalidOperationException(SafeText.Clean(message, SafeText.LongestMessage), cause),
            id,
            category,
            target
        );

    private static ErrorDetails Details(string message) => new(SafeText.Clean(message, SafeText.LongestMessage));

    /// <summary>What a person gave, so short that a message still says what is wrong with it.</summary>
    private static string Shown(string text) => SafeText.Clean(text, SafeText.LongestName);
}
