namespace Pictify.Http;

/// <summary>
/// What a change would come to for an experiment as it is, by the rules of the service: for -WhatIf, and for what the client refuses
/// before it sends anything. A status that is not listed may lead anywhere: the service is asked by sending.
/// </summary>
internal static class ChangePreview
{
    /// <summary>True where the experiment is as the change would leave it.</summary>
    public static bool IsDone(ChangeKind kind, ExperimentStatus present) =>
        WantedOf(kind) is { } wanted && ChangeRules.Reaches(present, wanted);

    /// <summary>Why the change would be refused; null where it would not be, or where that is not known.</summary>
    /// <param name="kind">The change.</param>
    /// <param name="present">The experiment as it is.</param>
    /// <param name="winnerVariantId">Who is to win, where the change completes.</param>
    public static PictifyException? WhyNot(ChangeKind kind, Experiment present, string? winnerVariantId = null)
    {
        ExperimentStatus status = present.Status;
        if (kind == ChangeKind.Complete)
        {
            if (!present.Variants.Any(variant => variant.Id == winnerVariantId))
            {
                return NoSuchVariant(present, winnerVariantId);
            }

            if (
                status == ExperimentStatus.Completed
                && present.WinnerVariantId is { } winner
                && winner != winnerVariantId
            )
            {
                return OtherWinner(winner);
            }
        }

        if (kind == ChangeKind.Remove)
        {
            return status == ExperimentStatus.Running ? Running() : null;
        }

        if (kind == ChangeKind.Resume && status == ExperimentStatus.Draft)
        {
            return Draft();
        }

        return
            WantedOf(kind) is { } wanted
            && status is not (ExperimentStatus.Unknown or ExperimentStatus.Rendering)
            && !ChangeRules.Reaches(status, wanted)
            && !ExperimentRules.TransitionsFrom(status).Contains(wanted)
            ? new PictifyException(
                PictifyErrorKind.Conflict,
                $"It is '{SafeText.Clean(present.StatusText)}', and the service refuses to {VerbOf(kind)} it. {WayOut(status)}"
            )
            : null;
    }

    /// <summary>Why fields may not change as they are meant to; null where they may.</summary>
    /// <param name="present">The experiment as it is.</param>
    /// <param name="changed">The fields that are given, as they are to be.</param>
    /// <param name="given">Their names in the API.</param>
    public static PictifyException? WhyNotEdit(
        Experiment present,
        Experiment changed,
        IReadOnlyCollection<string> given
    )
    {
        string[] locked = [.. given.Where(field => !ExperimentRules.IsEditable(present, changed, field))];
        if (locked.Length > 0)
        {
            return new PictifyException(
                PictifyErrorKind.Validation,
                $"It is '{SafeText.Clean(present.StatusText)}': only {string.Join(", ", ExperimentRules.EditableIn(present.Status)!)} "
                    + $"may change in that status, and not {string.Join(", ", locked)}."
            )
            {
                FieldErrors =
                [
                    .. locked.Select(static field => new FieldError(field, "may not change in this status")),
                ],
            };
        }

        return Broken(
            "The change breaks rules of the service.",
            ExperimentRules.CheckChanges(changed with { TypeText = present.TypeText }, given.Contains("variants"))
        );
    }

    /// <summary>The error for rules that are broken, all in one; null where none is.</summary>
    /// <param name="what">What breaks them, as a sentence.</param>
    /// <param name="errors">The rules.</param>
    public static PictifyException? Broken(string what, FieldError[] errors) =>
        errors.Length == 0
            ? null
            : new PictifyException(PictifyErrorKind.Validation, $"{what} {string.Join<FieldError>("; ", errors)}.")
            {
                FieldErrors = errors,
            };

    /// <summary>A draft cannot be resumed: the service would start it.</summary>
    public static PictifyException Draft() =>
        new(PictifyErrorKind.Conflict, "It is a draft, which was never started; nothing was sent.")
        {
            Code = PictifyClient.NeverStarted,
        };

    /// <summary>Nobody can win who does not take part.</summary>
    public static PictifyException NoSuchVariant(Experiment present, string? winnerVariantId)
    {
        string ids = SafeText.Clean(string.Join(", ", present.Variants));
        return new PictifyException(
            PictifyErrorKind.InvalidArgument,
            $"It has no variant '{SafeText.Clean(winnerVariantId)}'; nothing was sent. Its variants are: {ids}."
        );
    }

    /// <summary>A winner stays the winner.</summary>
    public static PictifyException OtherWinner(string winner) =>
        new(PictifyErrorKind.Conflict, $"It is completed, with the winner '{SafeText.Clean(winner)}'. That is final.");

    /// <summary>What an experiment can become from a status, as a sentence.</summary>
    public static string WayOut(ExperimentStatus status)
    {
        string allowed = string.Join(
            ", ",
            ExperimentRules.TransitionsFrom(status).Select(static next => ApiName.Of(next))
        );
        return allowed.Length == 0 ? "Nothing leads out of that status." : $"From there it can become: {allowed}.";
    }

    private static PictifyException Running() =>
        new(PictifyErrorKind.Conflict, "It is running, and a running experiment is not removed.")
        {
            Code = PictifyClient.StillRunning,
        };

    private static ExperimentStatus? WantedOf(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.Pause => ExperimentStatus.Paused,
            ChangeKind.Start or ChangeKind.Resume => ExperimentStatus.Running,
            ChangeKind.Complete => ExperimentStatus.Completed,
            ChangeKind.Remove => ExperimentStatus.Archived,
            _ => null,
        };

    private static string VerbOf(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.Pause => "pause",
            ChangeKind.Complete => "complete",
            _ => "start",
        };
}
