namespace Pictify;

/// <summary>The outcome of a change.</summary>
public enum ChangeOutcome : long
{
    /// <summary>It may have happened: the process ended, or no answer showed it.</summary>
    Unknown,

    /// <summary>It happened, by this request.</summary>
    Changed,

    /// <summary>The experiment already had this state before anything was sent.</summary>
    Unchanged,

    /// <summary>It did not happen.</summary>
    Failed,
}

/// <summary>What a change does. It decides whether and how the change can be undone.</summary>
public enum ChangeKind : long
{
    Unknown,

    /// <summary>Running to paused.</summary>
    Pause,

    /// <summary>Paused to running.</summary>
    Resume,

    /// <summary>Draft or paused to running.</summary>
    Start,

    /// <summary>To completed, with a winner.</summary>
    Complete,

    /// <summary>A new experiment.</summary>
    Create,

    /// <summary>The experiment is removed.</summary>
    Remove,

    /// <summary>Fields of the experiment.</summary>
    Edit,

    /// <summary>The end of a pause that exists already.</summary>
    End,

    /// <summary>Visitors' events.</summary>
    Event,

    /// <summary>A request whose effect is not known to the module.</summary>
    Call,
}
