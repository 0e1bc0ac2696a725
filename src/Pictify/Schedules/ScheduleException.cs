namespace Pictify.Schedules;

/// <summary>Why a job could not be registered, read or removed.</summary>
internal enum ScheduleFailure
{
    /// <summary>The settings are not possible.</summary>
    Invalid,

    /// <summary>This machine has no scheduler that can be used.</summary>
    NoScheduler,

    /// <summary>The scheduler, or the disk, refused.</summary>
    Refused,

    /// <summary>The file with the key can be read by others, or has none.</summary>
    KeyFile,
}

/// <summary>A job that cannot be registered, read or removed; the message contains why and what to do.</summary>
internal sealed class ScheduleException(ScheduleFailure failure, string message, Exception? inner = null)
    : Exception(SafeText.Clean(message, SafeText.LongestMessage), inner)
{
    public ScheduleFailure Failure { get; } = failure;
}
