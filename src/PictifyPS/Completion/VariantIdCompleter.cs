using System.Collections;
using PictifyPS.Input;

namespace PictifyPS.Completion;

/// <summary>
/// The variants of the experiments that are on the line already; if none is, of all experiments that the command can change.
/// </summary>
internal sealed class VariantIdCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        IReadOnlyCollection<CompletionCache.Entry> known,
        TypedLine line
    )
    {
        Func<CompletionCache.Entry, bool> isMeant = line.Selection() ?? (entry => IsFor(line.Command, entry.Status));

        // Experiments share ids such as control: each is offered once.
        return known
            .Where(isMeant)
            .SelectMany(Candidates)
            .GroupBy(static candidate => candidate.Text, StringComparer.Ordinal)
            .Select(static same => same.First());
    }

    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        entry.VariantIds.Select(id => (id, entry.Name));
}
