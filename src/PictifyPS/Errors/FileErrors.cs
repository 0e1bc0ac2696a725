using System.Management.Automation;
using Pictify;
using static PictifyPS.Errors.ErrorRecords;

namespace PictifyPS.Errors;

/// <summary>Errors of files and folders.</summary>
internal static class FileErrors
{
    public static ErrorRecord FileExists(string file, object target) =>
        Record(
            ErrorIds.FileExists,
            ErrorCategory.ResourceExists,
            target,
            $"There is a file '{Shown(file)}'. -Force writes over it."
        );

    public static ErrorRecord NoFilePath(string what, string path, string why, Exception? cause = null) =>
        Record(
            ErrorIds.InvalidFilePath,
            ErrorCategory.InvalidArgument,
            path,
            $"{what} '{Shown(path)}' is no path of a file or folder: {why.TrimEnd('.')}.",
            cause is null ? null : SafeText.Harmless(cause)
        );

    /// <summary>The disk, and not an argument: it is full, or may not be written to.</summary>
    public static ItemException FileNotWritten(string file, Exception cause) =>
        new(
            ErrorIds.FileNotWritten,
            ErrorCategory.WriteError,
            $"The image cannot be written to '{Shown(file)}': {SafeText.Clean(cause.Message, 1_000).TrimEnd('.')}. "
                + "What was there before is as it was.",
            SafeText.Harmless(cause)
        );

    public static ErrorRecord OneFile(string file, string slug) =>
        Record(
            ErrorIds.InvalidFilePath,
            ErrorCategory.InvalidArgument,
            slug,
            $"'{Shown(slug)}' is not saved: -Path names one file, '{Shown(file)}', and it is another image's. Give a folder for several."
        );
}
