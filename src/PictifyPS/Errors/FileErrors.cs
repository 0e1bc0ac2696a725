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
            $"The file '{Shown(file)}' already exists. -Force overwrites it."
        );

    public static ErrorRecord NoFilePath(string what, string path, string why, Exception? cause = null) =>
        Record(
            ErrorIds.InvalidFilePath,
            ErrorCategory.InvalidArgument,
            path,
            $"{what} '{Shown(path)}' is not the path of a file or folder: {why.TrimEnd('.')}.",
            cause is null ? null : SafeText.Harmless(cause)
        );

    /// <summary>An error of the disk, not of an argument: it is full, or cannot be written to.</summary>
    public static ItemException FileNotWritten(string file, Exception cause) =>
        new(
            ErrorIds.FileNotWritten,
            ErrorCategory.WriteError,
            $"The image cannot be written to '{Shown(file)}': {SafeText.Clean(cause.Message, 1_000).TrimEnd('.')}. "
                + "An existing file was not changed.",
            SafeText.Harmless(cause)
        );

    public static ErrorRecord OneFile(string file, string slug) =>
        Record(
            ErrorIds.InvalidFilePath,
            ErrorCategory.InvalidArgument,
            slug,
            $"'{Shown(slug)}' is not saved: -Path names one file, '{Shown(file)}', which is for another image. Give a folder for several images."
        );
}
