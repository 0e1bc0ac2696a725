namespace Pictify.Http;

/// <summary>
/// Predicts, by the rules of the service, what a change would do to an experiment in its present state: for -WhatIf, and for the
/// changes that the client refuses before it sends anything. For an unknown status nothing is predicted.
/// </summary>
internal static class ChangePreview
{
    /// <summary>True if the experiment already has the state that the change would set.</summary>
    public static bool IsDone(ChangeKind kind, ExperimentStatus present) =>
        WantedOf(kind) is { } wanted && ChangeRules.Reaches(present, wanted);

    /// <summary>The error that the change would cause; null if there is none, or if it is not known.</summary>
    /// <param name="kind">The change.</param>
    /// <param name="present">The experiment in its present state.</param>
    /// <param name="winnerVariantId">The winner, if the change completes.</param>
    public static PictifyException? GetRefusal(ChangeKind kind, Experiment present, string? winnerVariantId = null)
    {
        ExperimentStatus status = present.Status;
        if (kind == ChangeKind.Complete)
        {
            if (!present.Variants.Any(variant => variant.Id == winnerVariantId))
            {
                return ChangeErrors.NoSuchVariant(present, winnerVariantId);
            }

            if (
                status == ExperimentStatus.Completed
                && present.WinnerVariantId is { } winner
                && winner != winnerVariantId
            )
            {
                return ChangeErrors.OtherWinner(winner);
            }
        }

        if (kind == ChangeKind.Remove)
        {
            return status == ExperimentStatus.Running ? ChangeErrors.StillRunning() : null;
        }

        if (kind == ChangeKind.Resume && status == ExperimentStatus.Draft)
        {
            return ChangeErrors.NeverStarted();
        }

        return
            WantedOf(kind) is { } wanted
            && status != ExperimentStatus.Unknown
            && !ChangeRules.Reaches(status, wanted)
            && !ExperimentRules.TransitionsFrom(status.AfterRendering()).Contains(wanted)
            ? ChangeErrors.NotAllowed(present, VerbOf(kind))
            : null;
    }

    /// <summary>The error that an update would cause; null if the fields may change.</summary>
    /// <param name="present">The experiment in its present state.</param>
    /// <param name="changed">The new values of the given fields.</param>
    /// <param name="given">The API's names of the given fields.</param>
    /// <param name="fields">The table of fields; null is <see cref="FieldTable.Api"/>.</param>
    public static PictifyException? GetEditRefusal(
        Experiment present,
        Experiment changed,
        IReadOnlyCollection<string> given,
        FieldTable? fields = null
    )
    {
        fields ??= FieldTable.Api;
        string[] locked = [.. given.Where(field => !fields.IsEditable(present, changed, field))];
        if (locked.Length > 0)
        {
            return new PictifyException(
                PictifyErrorKind.Validation,
                $"It is '{SafeText.Clean(present.StatusText)}': only {string.Join(", ", fields.EditableIn(present.Status)!)} "
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
            ExperimentRules.CheckChanges(
                changed with
                {
                    TypeText = present.TypeText,
                },
                given.Contains(FieldTable.Variants.Name)
            )
        );
    }

    /// <summary>One error for all broken rules; null if there are none.</summary>
    /// <param name="what">The first sentence, about the change that breaks them.</param>
    /// <param name="errors">The rules.</param>
    public static PictifyException? Broken(string what, FieldError[] errors) =>
        errors.Length == 0
            ? null
            : new PictifyException(PictifyErrorKind.Validation, $"{what} {string.Join<FieldError>("; ", errors)}.")
            {
                FieldErrors = errors,
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
