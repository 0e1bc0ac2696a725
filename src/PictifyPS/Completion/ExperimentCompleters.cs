using System.Collections;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Completion;

internal sealed class UidCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        [(entry.Uid, entry.Name)];
}

internal sealed class NameCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        entry.Name is { } name ? [(name, entry.Uid)] : [];

    /// <summary>The parameter takes wildcards.</summary>
    protected override string Meaning(string text) => NamePattern.Exactly(text);
}

internal class SlugCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        entry.Slug is { } slug ? [(slug, entry.Name)] : [];
}

/// <summary>Slugs for a parameter that takes wildcards: a slug may contain wildcard characters.</summary>
internal sealed class SlugPatternCompleter : SlugCompleter
{
    protected override string Meaning(string text) => NamePattern.Exactly(text);
}
