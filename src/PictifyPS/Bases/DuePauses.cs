using Pictify;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>The pauses that 'Resume-PictifyExperiment -Due' ends, by their experiments.</summary>
internal sealed class DuePauses(DueSession session) : IDisposable
{
    private readonly Dictionary<string, DuePause> _pauses = session.Pauses.ToDictionary(
        static pause => pause.Uid,
        StringComparer.Ordinal
    );

    public int Count => _pauses.Count;

    /// <summary>The experiments; their present status is not known.</summary>
    public IEnumerable<Experiment> Experiments =>
        session.Pauses.Select(static pause => new Experiment
        {
            Uid = pause.Uid,
            Name = pause.Entry.Name,
            Slug = pause.Entry.Slug,
        });

    /// <summary>The ledger's entry of the pause.</summary>
    public LedgerEntry Of(string uid) => _pauses[uid].Entry;

    /// <summary>The entry for ending the pause.</summary>
    public LedgerEntry EntryOf(string uid, RecordedRun record) => DueSession.Subject(record.Operation, _pauses[uid]);

    /// <summary>Ends the pause, if it is still in effect.</summary>
    public Task<DueResult> EndAsync(
        string uid,
        RecordedRun record,
        LedgerEntry entry,
        CancellationToken cancellationToken
    ) => session.EndAsync(record.Operation, _pauses[uid], entry, cancellationToken);

    /// <summary>The result that ending the pause would have; nothing is changed.</summary>
    public async Task<ExperimentBefore> PreviewAsync(ExperimentIdentity experiment, CancellationToken cancellationToken)
    {
        DueDecision decision = await session
            .PreviewAsync(_pauses[experiment.Uid], cancellationToken)
            .ConfigureAwait(false);
        return decision.Error is { } error
            ? throw error
            : new ExperimentBefore(
                experiment with
                {
                    LastRead = decision.Resume ?? decision.Running,
                },
                decision.Note is { } note ? $"not changed, because {note}" : null,
                IsLeftAlone: decision.Note is not null
            );
    }

    public void Dispose() => session.Dispose();
}
