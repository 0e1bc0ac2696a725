namespace Pictify.Schedules;

/// <summary>What starts a job at its times.</summary>
public enum DueScheduler : long
{
    /// <summary>Windows Task Scheduler, as a task of the user.</summary>
    TaskScheduler,

    /// <summary>A systemd timer of the user.</summary>
    Systemd,

    /// <summary>The user's crontab.</summary>
    Cron,
}

/// <summary>The result of registering a job.</summary>
public enum DueJobChange : long
{
    /// <summary>Nothing was registered: the job was read.</summary>
    None,

    /// <summary>It was registered, or registered again.</summary>
    Registered,

    /// <summary>It was already registered with exactly these settings.</summary>
    Unchanged,
}

/// <summary>A job that runs 'Resume-PictifyExperiment -Due'.</summary>
public sealed record PictifyDueJob
{
    /// <summary>Its name, among the jobs of this user on this machine.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>What starts it.</summary>
    public DueScheduler Scheduler { get; internal init; }

    /// <summary>How often.</summary>
    public TimeSpan Every { get; internal init; }

    /// <summary>Whether the scheduler has the job.</summary>
    public bool IsActive { get; internal init; }

    /// <summary>What Register-PictifyDueJob did.</summary>
    public DueJobChange Change { get; internal init; }

    /// <summary>The ledger whose pauses it ends.</summary>
    public string LedgerPath { get; internal init; } = "";

    /// <summary>The service's address.</summary>
    public string BaseUri { get; internal init; } = "";

    /// <summary>Where the key is: <c>file</c> and its path, or <c>secret</c> and its name. Never the key.</summary>
    public string Key { get; internal init; } = "";

    /// <summary>The script that it runs.</summary>
    public string Script { get; internal init; } = "";

    /// <summary>Reads as its name.</summary>
    public override string ToString() => Name;
}
