using System.Management.Automation;
using PictifyPS.Errors;

namespace PictifyPS.Input;

/// <summary>Paths as users type them at a prompt, whose location may be a drive without files.</summary>
internal static class FilePath
{
    private const string FileSystem = "FileSystem";

    /// <summary>The file's or folder's own path, whether it exists or not; wildcards in it are characters of its name.</summary>
    /// <param name="cmdlet">The cmdlet from whose location relative paths start.</param>
    /// <param name="path">The path that was given.</param>
    /// <param name="what">The parameter or variable it was given with, such as <c>-Path</c>.</param>
    public static string Resolve(PSCmdlet cmdlet, string path, string what)
    {
        string resolved;
        ProviderInfo provider;
        try
        {
            resolved = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _);
        }
        catch (Exception exception)
            when (exception
                    is System.Management.Automation.DriveNotFoundException
                        or ProviderNotFoundException
                        or ProviderInvocationException
                        or PSArgumentException
                        or PSInvalidOperationException
                        or NotSupportedException
            )
        {
            throw cmdlet.Terminate(FileErrors.NoFilePath(what, path, exception.Message, exception));
        }

        if (!string.Equals(provider.Name, FileSystem, StringComparison.OrdinalIgnoreCase))
        {
            string where = cmdlet.SessionState.Path.CurrentLocation.Path;
            cmdlet.ThrowTerminatingError(
                FileErrors.NoFilePath(
                    what,
                    path,
                    $"it belongs to the {provider.Name} provider, from the present location '{where}'. Give a full path, or Set-Location to a folder"
                )
            );
        }

        return resolved;
    }
}
