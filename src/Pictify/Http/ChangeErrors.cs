namespace Pictify.Http;

/// <summary>The errors of changes that an experiment's state does not allow, predicted or answered with 409.</summary>
internal static class ChangeErrors
{
    /// <summary>A draft cannot be resumed: the service would start it.</summary>
    public static PictifyException NeverStarted() =>
        new(PictifyErrorKind.Conflict, "It is a draft, which was never started; nothing was sent.")
        {
            Code = PictifyClient.NeverStarted,
        };

    /// <summary>A running experiment cannot be removed.</summary>
    public static PictifyException StillRunning() =>
        new(PictifyErrorKind.Conflict, "It is running, and a running experiment is not removed.")
        {
            Code = PictifyClient.StillRunning,
        };

    /// <summary>The service refused to remove a running experiment.</summary>
    public static PictifyException StillRunning(PictifyException conflict) =>
        conflict.As(
            PictifyErrorKind.Conflict,
            ErrorReader.WithWords(
                "It is running, and a running experiment is not removed (HTTP 409).",
                conflict.Detail
            ),
            PictifyClient.StillRunning
        );

    /// <summary>The winner must be one of the experiment's variants.</summary>
    public static PictifyException NoSuchVariant(Experiment present, string? winnerVariantId)
    {
        string ids = SafeText.Clean(string.Join(", ", present.Variants));
        return new PictifyException(
            PictifyErrorKind.InvalidArgument,
            $"It has no variant '{SafeText.Clean(winnerVariantId)}'; nothing was sent. Its variants are: {ids}."
        );
    }

    /// <summary>A completed experiment's winner cannot be changed.</summary>
    public static PictifyException OtherWinner(string winner) =>
        new(PictifyErrorKind.Conflict, $"It is completed, with the winner '{SafeText.Clean(winner)}'. That is final.");

    /// <summary>The service refuses a transition from the present status, by its rules.</summary>
    public static PictifyException NotAllowed(Experiment present, string verb) =>
        new(
            PictifyErrorKind.Conflict,
            $"It is '{SafeText.Clean(present.StatusText)}', and the service refuses to {verb} it. {NextStatuses(present.Status)}"
        );

    /// <summary>The service refused a change with 409, and this is the experiment's status.</summary>
    public static PictifyException Refused(PictifyException conflict, Experiment present, string verb)
    {
        string message =
            $"It is '{SafeText.Clean(present.StatusText)}', and the service refused to {verb} it (HTTP 409). "
            + NextStatuses(present.Status);
        return conflict.As(PictifyErrorKind.Conflict, ErrorReader.WithWords(message, conflict.Detail));
    }

    /// <summary>The statuses that an experiment can change to, as a sentence.</summary>
    private static string NextStatuses(ExperimentStatus status)
    {
        string allowed = string.Join(
            ", ",
            ExperimentRules.TransitionsFrom(status).Select(static next => ApiName.Of(next))
        );
        return allowed.Length == 0
            ? "An experiment with that status cannot change to another one."
            : $"From this status it can change to: {allowed}.";
    }
}
