using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using static PictifyPS.Errors.ErrorRecords;

namespace PictifyPS.Errors;

/// <summary>Errors of the input: objects, uids, names, paths, parameters that cannot be combined. Nothing was sent.</summary>
internal static class InputErrors
{
    public static ErrorRecord NoUid(object? input, string? advice) =>
        Record(
            ErrorIds.InvalidInput,
            ErrorCategory.InvalidArgument,
            input,
            input is null
                ? "The input is null. Pipe experiments from Get-PictifyExperiment, objects with a Uid, or uids."
                : $"The input of type {input.GetType().Name} has no Uid. Pipe experiments from Get-PictifyExperiment, "
                    + $"objects with a Uid (rows of a CSV, for example), or uids.{advice}"
        );

    public static ErrorRecord Unreadable(object input, Exception cause) =>
        Record(
            ErrorIds.InvalidInput,
            ErrorCategory.InvalidArgument,
            input,
            $"The input of type {input.GetType().Name} cannot be read: {SafeText.Clean(cause.GetBaseException().Message, 1_000).TrimEnd('.')}. "
                + "Nothing was sent for it. Select-Object Uid selects the property that is needed.",
            SafeText.Harmless(cause)
        );

    public static ErrorRecord InvalidUid(string uid, string why, object? input, string? advice) =>
        Record(
            ErrorIds.InvalidUid,
            ErrorCategory.InvalidArgument,
            input,
            $"{ApiPaths.NotAUid(uid, why)} Nothing was sent. "
                + (
                    advice is not null
                        ? $"It is the text of an object without a Uid.{advice}"
                        : "To find experiments by name, use -Name."
                )
        );

    public static ErrorRecord TooMany(string verb, int maximum) =>
        Record(
            ErrorIds.TooManyExperiments,
            ErrorCategory.LimitsExceeded,
            null,
            $"There are more than {maximum} experiments to {verb}, so none was changed. "
                + "Check what is piped in, or raise -MaximumCount."
        );

    /// <summary>A value that only one experiment can have, or that would make experiments hard to distinguish.</summary>
    public static ErrorRecord NotForSeveral(string parameter, string one, string other, object? input, string each) =>
        Record(
            ErrorIds.NotForSeveral,
            ErrorCategory.InvalidArgument,
            input,
            $"{parameter} is for one experiment, and there are several: {one}, {other}. Nothing was sent. To set it for each experiment: "
                + $"... | ForEach-Object {{ {each} }}"
        );

    /// <summary>Experiments come from the pipeline, and a parameter selects experiments too.</summary>
    public static ErrorRecord SelectedTwice(string parameter) =>
        InvalidCall(
            $"-{parameter} selects experiments, and so does the pipeline: use only one of them. '... | Where-Object {parameter} -like ...' "
                + "filters the experiments from the pipeline."
        );

    /// <param name="what">What was not found, such as <c>experiment with the name</c>.</param>
    /// <param name="text">The name or the slug that was asked for.</param>
    /// <param name="lister">The cmdlet that lists the existing ones.</param>
    /// <param name="instead">What the text is instead, if that is known.</param>
    public static ErrorRecord NoSuch(string what, string text, string lister, string? instead) =>
        Record(
            ErrorIds.ExperimentNotFound,
            ErrorCategory.ObjectNotFound,
            text,
            $"There is no {what} '{Shown(text)}'. {instead ?? $"{lister} lists them; wildcards such as 'Hero*' are allowed."}"
        );

    public static ErrorRecord InvalidSchedule(string why) =>
        Record(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, null, $"{why} Nothing was registered.");

    /// <summary>Rules that are broken, all in one error; nothing was sent.</summary>
    public static ErrorRecord Invalid(string what, FieldError[] errors, object? target) =>
        new(
            ChangePreview.Broken($"The {what} breaks rules of the service; nothing was sent.", errors),
            ErrorIds.ValidationFailed,
            ErrorCategory.InvalidData,
            target
        );

    public static ErrorRecord InvalidPath(string path, string why) =>
        Record(
            ErrorIds.InvalidPath,
            ErrorCategory.InvalidArgument,
            path,
            $"'{Shown(path)}' is not a path of this API: {why}. Nothing was sent."
        );

    public static ErrorRecord InvalidWriteKey() => InvalidCall($"The write key {ApiKey.NotAllowedText}.");

    public static ErrorRecord InvalidCall(string why) =>
        Record(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, null, $"{why} Nothing was sent.");

    public static ErrorRecord NothingToChange() =>
        Record(
            ErrorIds.NothingToChange,
            ErrorCategory.InvalidArgument,
            null,
            "No field to change was given, so nothing was sent. Give at least one, such as -NewName, -Variant or -DestinationUrl."
        );

    public static ErrorRecord NothingToMeasure(object? input, string? advice) =>
        Record(
            ErrorIds.InvalidInput,
            ErrorCategory.InvalidArgument,
            input,
            "The input has neither Variants to measure nor a Uid to read. Pipe experiments from Get-PictifyExperiment, objects with "
                + $"Variants that have Id, Weight, Impressions and Clicks, or uids.{advice}"
        );

    public static ErrorRecord NoLeader(string experiment, object? input) =>
        Record(
            ErrorIds.NoLeader,
            ErrorCategory.InvalidData,
            input,
            $"{experiment}: the input has no LeaderId, so -Leader has no winner. Pipe from Measure-PictifyExperiment; it sets none if the "
                + "counters cannot be trusted. Nothing was sent."
        );

    /// <summary>An object that cannot be converted to JSON.</summary>
    public static ErrorRecord NotJson(object? input, FormatException exception) =>
        Record(
            ErrorIds.InvalidObject,
            ErrorCategory.InvalidData,
            input,
            $"The object of type {PowerShellValue.Unwrap(input)?.GetType().Name ?? "null"} cannot be sent as JSON: {exception.Message} Nothing was sent for it.",
            exception
        );
}
