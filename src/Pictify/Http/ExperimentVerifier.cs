namespace Pictify.Http;

/// <summary>The result of reading after a change.</summary>
/// <param name="Experiment">The experiment as it is now; null if it does not exist, and if it could not be read.</param>
/// <param name="WasRead">False if the service could not be read.</param>
internal readonly record struct Verification(Experiment? Experiment, bool WasRead);

/// <summary>
/// Reads the experiment of a change whose answers do not show the outcome. A failure to read, or cancellation, is a value here, so
/// that it never replaces the change's own error.
/// </summary>
internal sealed class ExperimentVerifier(ExperimentEndpoint endpoint)
{
    /// <summary>Reads one experiment.</summary>
    public Task<Verification> ReadAsync(string uid, CancellationToken cancellationToken) =>
        VerifyAsync(async () =>
        {
            try
            {
                return await endpoint.GetAsync(uid, cancellationToken).ConfigureAwait(false);
            }
            catch (PictifyException gone) when (gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
            {
                return null;
            }
        });

    /// <summary>Looks for an experiment with this slug in the list.</summary>
    public Task<Verification> FindBySlugAsync(string? slug, CancellationToken cancellationToken) =>
        VerifyAsync(async () =>
        {
            var lister = new ExperimentLister(endpoint, new ExperimentQuery());
            await foreach (ExperimentPage page in lister.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (page.Experiments.FirstOrDefault(experiment => experiment.Slug == slug) is { } found)
                {
                    return found;
                }
            }

            return null;
        });

    private static async Task<Verification> VerifyAsync(Func<Task<Experiment?>> read)
    {
        try
        {
            return new Verification(await read().ConfigureAwait(false), WasRead: true);
        }
        catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
        {
            return default;
        }
    }
}
