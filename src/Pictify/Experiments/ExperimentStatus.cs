namespace Pictify;

/// <summary>
/// The status of an experiment. The service may answer with a status that this version does not list:
/// that is <see cref="Unknown"/>, and <see cref="Experiment.StatusText"/> has the service's word for it.
/// </summary>
public enum ExperimentStatus : long
{
    Unknown,
    Draft,

    /// <summary>Transient, after a start: the service renders the variants' images before it serves them.</summary>
    Rendering,
    Running,
    Paused,
    Completed,

    /// <summary>Soft-deleted. The API's list does not show these.</summary>
    Archived,
}

/// <summary>What follows from a status alone.</summary>
internal static class ExperimentStatuses
{
    /// <summary>The status once the images are rendered: Running for Rendering; any other status stays.</summary>
    public static ExperimentStatus AfterRendering(this ExperimentStatus status) =>
        status == ExperimentStatus.Rendering ? ExperimentStatus.Running : status;
}

/// <summary>The kind of experiment, which decides how a visitor's variant is chosen.</summary>
public enum ExperimentType : long
{
    Unknown,

    /// <summary>Visitors are split by the variants' weights.</summary>
    AbTest,

    /// <summary>The first variant whose conditions match the visitor is served.</summary>
    SmartLink,

    /// <summary>The variant whose schedule covers the present moment is served.</summary>
    Scheduled,

    /// <summary>Seen in some of the service's sources only.</summary>
    Bandit,
}

/// <summary>What an experiment counts as success.</summary>
public enum GoalType : long
{
    Unknown,
    ImpressionsOnly,
    ClickThrough,
}

/// <summary>How auto-optimisation shifts the weights.</summary>
public enum BanditAlgorithm : long
{
    Unknown,
    ThompsonSampling,
    EpsilonGreedy,
}

/// <summary>The file type of the rendered images.</summary>
public enum ImageFormat : long
{
    Unknown,
    Png,
    Jpeg,
    Webp,
}

/// <summary>How a scheduled variant's period repeats.</summary>
public enum RecurrenceType : long
{
    Unknown,
    None,
    Daily,
    Weekly,
    Cron,
}

/// <summary>What a condition's node is: a group of conditions, or one rule.</summary>
public enum ConditionType : long
{
    Unknown,
    Group,
    Rule,
}
