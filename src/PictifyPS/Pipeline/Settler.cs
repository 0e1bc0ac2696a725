using Pictify;
using Pictify.Http;
using Pictify.Ledger;

namespace PictifyPS.Pipeline;

/// <summary>Finds out, by reading the service, what became of changes whose outcome was left open; and records it.</summary>
internal sealed class Settler(PictifyClient client, PictifyConnection connection, PictifyLedger ledger, bool isWhatIf)
{
    private Dictionary<string, Experiment>? _bySlug;

    /// <summary>The entry as it is settled now; null where the service's state does not tell.</summary>
    /// <exception cref="PictifyException">The service could not be read.</exception>
    public async Task<LedgerEntry?> SettleAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (!Settlement.CanSettle(entry))
        {
            return null;
        }

        Experiment? present = entry.Uid is { } uid
            ? await FindAsync(uid, cancellationToken).ConfigureAwait(false)
            : await FindBySlugAsync(entry.Slug!, cancellationToken).ConfigureAwait(false);
        if (Settlement.Judge(entry, present) is not { } settled)
        {
            return null;
        }

        if (!isWhatIf)
        {
            await ledger
                .AppendAsync(settled with { Time = connection.Now }, CancellationToken.None)
                .ConfigureAwait(false);
        }

        return settled;
    }

    private async Task<Experiment?> FindAsync(string uid, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync(uid, cancellationToken).ConfigureAwait(false);
        }
        catch (PictifyException exception) when (exception.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            return null;
        }
    }

    private async Task<Experiment?> FindBySlugAsync(string slug, CancellationToken cancellationToken)
    {
        if (_bySlug is null)
        {
            _bySlug = new Dictionary<string, Experiment>(StringComparer.Ordinal);
            IAsyncEnumerable<ExperimentPage> pages = client.ListAsync(new ExperimentQuery(), cancellationToken);
            await foreach (ExperimentPage page in pages.ConfigureAwait(false))
            {
                foreach (Experiment experiment in page.Experiments)
                {
                    if (experiment.Slug is { } found)
                    {
                        _bySlug[found] = experiment;
                    }
                }
            }
        }

        return _bySlug.TryGetValue(slug, out Experiment? present) ? present : null;
    }
}
