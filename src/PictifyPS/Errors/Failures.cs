using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Profiles;
using Pictify.Schedules;
using Pictify.Statistics;
using PictifyPS.Views;
using static PictifyPS.Errors.ErrorRecords;

namespace PictifyPS.Errors;

/// <summary>Error records of failures: of every exception, and of inputs that were not attempted.</summary>
internal static class Failures
{
    public static ErrorRecord ListUnsettled() =>
        Record(
            ErrorIds.ListUnsettled,
            ErrorCategory.ResourceBusy,
            null,
            "The list of experiments kept changing each time it was read, so some experiments may be missing. Those that were returned are "
                + "correct. Collect a list before changing what it shows ('$found = Get-PictifyExperiment ...'), and run the command again."
        );

    public static ErrorRecord EventRefused(object input, string message) =>
        Record(
            ErrorIds.EventRefused,
            ErrorCategory.InvalidData,
            input,
            $"The service did not accept the event: {message}."
        );

    /// <summary>For an experiment whose counters cannot be measured; the exception has the reason.</summary>
    public static ItemException NotMeasurable(MeasurementException cause) =>
        cause.Problems is [{ Code: MeasurementException.NoSuchControl }]
            ? new ItemException(
                ErrorIds.ControlNotFound,
                ErrorCategory.ObjectNotFound,
                $"It cannot be measured: the {cause.Problems[0].Field} {cause.Problems[0].Message}.",
                cause
            )
            : NotMeasurable(string.Join("; ", cause.Problems), cause);

    public static ItemException NotMeasurable(string why, Exception? cause = null) =>
        new(ErrorIds.NotMeasurable, ErrorCategory.InvalidData, $"It cannot be measured: {why.TrimEnd('.')}.", cause);

    public static ErrorRecord NotAttempted(object? target, string? label, string cause) =>
        Record(
            ErrorIds.NotAttempted,
            ErrorCategory.OperationStopped,
            target,
            $"{label ?? target}: nothing was sent, because an earlier request showed that none can succeed now. {cause}"
        );

    /// <summary>A copy of an error, for one of the inputs that it is about.</summary>
    public static ErrorRecord For(object input, ErrorRecord error) =>
        new(error.Exception, error.FullyQualifiedErrorId, error.CategoryInfo.Category, input)
        {
            ErrorDetails = error.ErrorDetails,
        };

    /// <summary>The error record of any exception; one that does not come from this module keeps its own message.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="target">The input that it is about.</param>
    /// <param name="label">What the message calls it; null if it names it already.</param>
    /// <param name="isUid">True if a text that comes in is taken as a uid.</param>
    public static ErrorRecord From(Exception exception, object? target, string? label = null, bool isUid = false)
    {
        if (exception is ItemException item)
        {
            return new ErrorRecord(exception, item.Id, item.Category, target)
            {
                ErrorDetails = Details(label is null ? item.Message : $"{label}: {item.Message}"),
            };
        }

        if (exception is LedgerException ledger)
        {
            return OfLedger(ledger, target, label);
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
            return new ErrorRecord(exception, ErrorIds.UnexpectedError, ErrorCategory.NotSpecified, target);
        }

        (ErrorCategory category, string? advice) = Describe(failure);
        if (
            isUid
            && failure.Kind == PictifyErrorKind.NotFound
            && PowerShellValue.Unwrap(target) is string text
            && !text.StartsWith("exp_", StringComparison.OrdinalIgnoreCase)
        )
        {
            advice = $"'{Shown(text)}' was taken as a uid; -Name takes a name, and -Slug a slug.";
        }

        string message = label is null ? failure.Message : $"{label}: {failure.Message}";
        var record = new ErrorRecord(failure, failure.ErrorId, category, target)
        {
            ErrorDetails = Details(advice is null ? message : $"{message} {advice}"),
        };
        if (failure.RequestId is { } requestId)
        {
            record.ErrorDetails.RecommendedAction = $"The service's id of this request is '{requestId}'.";
        }

        return record;
    }

    private static ErrorRecord OfLedger(LedgerException failure, object? target, string? label)
    {
        (string id, ErrorCategory category) = failure.Failure switch
        {
            LedgerFailure.NotFound => (ErrorIds.LedgerNotFound, ErrorCategory.ObjectNotFound),
            LedgerFailure.Unreadable => (ErrorIds.LedgerUnreadable, ErrorCategory.ReadError),
            _ => (ErrorIds.LedgerUnavailable, ErrorCategory.WriteError),
        };
        string what =
            failure.Failure == LedgerFailure.Unwritable
                ? " Nothing was sent: a pause with an end, and every change of a connection that was made with -RequireLedger, must be recorded."
                : "";
        return new ErrorRecord(failure, id, category, target ?? failure.Location.Path)
        {
            ErrorDetails = Details($"{(label is null ? "" : $"{label}: ")}{failure.Message}{what}"),
        };
    }

    private static ErrorRecord OfSchedule(ScheduleException failure, object? target)
    {
        (string id, ErrorCategory category) = failure.Failure switch
        {
            ScheduleFailure.Invalid => (ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument),
            ScheduleFailure.NoScheduler => (ErrorIds.NoScheduler, ErrorCategory.NotInstalled),
            ScheduleFailure.KeyFile => (ErrorIds.InvalidKeyFile, ErrorCategory.SecurityError),
            _ => (ErrorIds.SchedulerFailed, ErrorCategory.InvalidResult),
        };
        return new ErrorRecord(failure, id, category, target);
    }

    private static ErrorRecord OfProfile(ProfileException failure, object? target)
    {
        (string id, ErrorCategory category) = failure.Failure switch
        {
            ProfileFailure.Invalid => (ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument),
            ProfileFailure.Unreadable => (ErrorIds.ProfilesUnreadable, ErrorCategory.ReadError),
            _ => (ErrorIds.ProfilesNotWritten, ErrorCategory.WriteError),
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
                    $"Connect again with 'Connect-Pictify -ApiKey', or set {EnvironmentVariables.ApiKey}."
                ),
                PictifyErrorKind.Forbidden => (ErrorCategory.PermissionDenied, null),
                PictifyErrorKind.NotFound => (ErrorCategory.ObjectNotFound, null),
                PictifyErrorKind.FeatureUnavailable => (
                    ErrorCategory.NotImplemented,
                    "Test-PictifyConnection shows which. 'Connect-Pictify -Sandbox' works without the service."
                ),
                PictifyErrorKind.Conflict => (
                    ErrorCategory.InvalidOperation,
                    failure.Code switch
                    {
                        PictifyClient.NeverStarted => "Start-PictifyExperiment starts it.",
                        PictifyClient.StillRunning =>
                            "Run Suspend-PictifyExperiment or Complete-PictifyExperiment first.",
                        _ => null,
                    }
                ),
                PictifyErrorKind.Gone => (ErrorCategory.ObjectNotFound, null),
                PictifyErrorKind.RateLimited => (
                    ErrorCategory.LimitsExceeded,
                    failure.RetryAtMoment is { } at ? $"Run it again after {ViewText.Exact(at.ToLocalTime())}." : null
                ),
                PictifyErrorKind.QuotaExceeded => (
                    ErrorCategory.QuotaExceeded,
                    "Get-PictifyExperimentQuota shows what the plan allows."
                ),
                PictifyErrorKind.Server => (ErrorCategory.ResourceUnavailable, "Try again later."),
                PictifyErrorKind.Network => (
                    ErrorCategory.ConnectionError,
                    "Check the network, the proxy and the base URI; Test-PictifyConnection shows more."
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

    /// <summary>Whether it is safe to run a change again depends on its kind.</summary>
    private static string AfterUnknownOutcome(PictifyException failure) =>
        failure.Asked switch
        {
            RequestKind.Create =>
                "Look for its slug with 'Get-PictifyExperiment -Slug' before running the command again: if it was created, creating it "
                    + "again fails because the slug is already taken.",
            RequestKind.Event => "The events may have been counted: sending them again may count them twice.",
            RequestKind.Other => "Check what it was to change before calling it again: otherwise it may be done twice.",
            _ => "It is safe to run the command again: a change that was made counts as success.",
        };
}
