using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>What is known of an experiment before its change, for -WhatIf and -Confirm.</summary>
/// <param name="Experiment">It, as it was read if that was needed.</param>
/// <param name="Note">Why nothing is to be done about it, if its status alone does not say so.</param>
/// <param name="IsLeftAlone">True if the command does not change it, and it is not as the command would make it either.</param>
internal sealed record ExperimentBefore(ExperimentIdentity Experiment, string? Note = null, bool IsLeftAlone = false)
{
    /// <summary>Reads an experiment.</summary>
    /// <param name="client">Reads it.</param>
    /// <param name="experiment">Which.</param>
    /// <param name="kind">The change.</param>
    /// <param name="isPreview">True under -WhatIf, where an experiment that cannot be read is an error.</param>
    /// <param name="goneNote">What to say of an experiment that is to be removed and is gone.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public static async Task<ExperimentBefore> ReadAsync(
        PictifyClient client,
        ExperimentIdentity experiment,
        ChangeKind kind,
        bool isPreview,
        string goneNote,
        CancellationToken cancellationToken
    )
    {
        try
        {
            Experiment present = await client.GetAsync(experiment.Uid, cancellationToken).ConfigureAwait(false);
            return new ExperimentBefore(experiment with { Known = present, Name = present.Name ?? experiment.Name });
        }
        catch (PictifyException gone)
            when (kind == ChangeKind.Remove && gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            return new ExperimentBefore(experiment, goneNote);
        }
        catch (PictifyException failure) when (!isPreview && !failure.IsFatal)
        {
            // The change is confirmed all the same; its own error says what is wrong.
            return new ExperimentBefore(experiment);
        }
    }
}
