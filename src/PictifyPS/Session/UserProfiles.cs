using Pictify;
using Pictify.Profiles;

namespace PictifyPS.Session;

/// <summary>The location of the profiles of the user who runs this process.</summary>
internal static class UserProfiles
{
    /// <summary>This user's profiles; the environment variable PICTIFY_PROFILES names another file.</summary>
    /// <exception cref="ProfileException">There is no valid location.</exception>
    public static ProfileStore Here()
    {
        string? given = Environment.GetEnvironmentVariable(EnvironmentVariables.Profiles);
        if (!string.IsNullOrWhiteSpace(given))
        {
            return Path.IsPathRooted(given)
                ? new ProfileStore(Path.GetFullPath(given))
                : throw InvalidLocation(
                    $"The environment variable {EnvironmentVariables.Profiles} has to be the full path of a file."
                );
        }

        string folder = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify
        );
        return folder.Length > 0
            ? new ProfileStore(Path.Combine(folder, "PictifyPS", "profiles.json"))
            : throw InvalidLocation(
                $"This user has no folder for application data. Set the environment variable {EnvironmentVariables.Profiles} to a file for profiles."
            );
    }

    private static ProfileException InvalidLocation(string why) => new(ProfileFailure.Invalid, why);
}
