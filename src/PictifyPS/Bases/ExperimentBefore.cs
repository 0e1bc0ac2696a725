using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>What is known of an experiment before its change, for -WhatIf and -Confirm.</summary>
/// <param name="Experiment">The experiment, read again if that was needed.</param>
/// <param name="Note">Why nothing is to be changed, if the status alone does not show it.</param>
/// <param name="IsLeftAlone">True if the command does not change it, although it is not in the wanted state.</param>
internal sealed record ExperimentBefore(ExperimentIdentity Experiment, string? Note = null, bool IsLeftAlone = false)
{
    /// <summary>Reads an experiment.</summary>
    /// <param name="client">The client that reads it.</param>
    /// <param name="experiment">The experiment to read.</param>
    /// <param name="kind">The change.</param>
    /// <param name="isPreview">True under -WhatIf; an experiment that cannot be read is then an error.</param>
    /// <param name="goneNote">The note for an experiment that is to be removed and no longer exists.</param>
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
            return new ExperimentBefore(experiment with { LastRead = present, Name = present.Name ?? experiment.Name });
        }
        catch (PictifyException gone)
            when (kind == ChangeKind.Remove && gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            return new ExperimentBefore(experiment, goneNote);
        }
        catch (PictifyException failure) when (!isPreview && !failure.StopsBatch)
        {
            // The change is confirmed anyway; its own error reports what is wrong.
            return new ExperimentBefore(experiment);
        }
    }
}
