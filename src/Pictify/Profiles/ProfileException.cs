namespace Pictify.Profiles;

/// <summary>What is wrong with a profile, or with the file that contains the profiles.</summary>
internal enum ProfileFailure
{
    /// <summary>The profile cannot be saved.</summary>
    Invalid,

    /// <summary>The file exists, and cannot be read, or cannot be trusted.</summary>
    Unreadable,

    /// <summary>The file cannot be written.</summary>
    Unwritable,
}

/// <summary>A profile that cannot be saved or read; the message contains why and what to do.</summary>
internal sealed class ProfileException(ProfileFailure failure, string message, Exception? inner = null)
    : Exception(SafeText.Clean(message, SafeText.LongestMessage), inner)
{
    public ProfileFailure Failure { get; } = failure;
}
