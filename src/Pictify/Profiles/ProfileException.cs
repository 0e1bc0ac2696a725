namespace Pictify.Profiles;

/// <summary>What is wrong with a profile, or with the file that has them.</summary>
internal enum ProfileFailure
{
    /// <summary>What was to be saved cannot be.</summary>
    Invalid,

    /// <summary>The file is there, and cannot be read, or not be trusted.</summary>
    Unreadable,

    /// <summary>The file cannot be written.</summary>
    Unwritable,
}

/// <summary>A profile that cannot be saved or read; the message says why and what to do.</summary>
internal sealed class ProfileException(ProfileFailure failure, string message, Exception? inner = null)
    : Exception(SafeText.Clean(message, SafeText.LongestMessage), inner)
{
    public ProfileFailure Failure { get; } = failure;
}
