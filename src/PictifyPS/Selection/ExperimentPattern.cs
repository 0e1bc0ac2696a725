using System.Management.Automation;
using Pictify;
using PictifyPS.Errors;

namespace PictifyPS.Selection;

/// <summary>
/// The experiments that -Name and -Slug select, and an error for each text that no experiment has. If that text is an experiment's uid, or
/// its slug or name, the error names the parameter for it.
/// </summary>
internal sealed class ExperimentPattern(string[]? names, string[]? slugs)
{
    private readonly NamePattern? _names = names is null ? null : new NamePattern(names);
    private readonly NamePattern? _slugs = slugs is null ? null : new NamePattern(slugs);

    /// <summary>The experiments that have a given text in another field.</summary>
    private readonly Dictionary<string, Experiment> _others = new(StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _asked = new((names ?? []).Concat(slugs ?? []), StringComparer.OrdinalIgnoreCase);

    public bool IsMatch(Experiment experiment)
    {
        foreach (string? text in new[] { experiment.Uid, experiment.Slug, experiment.Name })
        {
            if (text is not null && _asked.Contains(text))
            {
                _others[text] = experiment;
            }
        }

        return _names?.IsMatch(experiment.Name) != false && _slugs?.IsMatch(experiment.Slug) != false;
    }

    /// <summary>An error for each text without wildcards that no experiment had.</summary>
    /// <param name="kind">The kind of experiments that were searched: empty for all, else such as <c>paused </c>.</param>
    /// <param name="lister">The cmdlet that lists them.</param>
    public IEnumerable<ErrorRecord> Missing(string kind = "", string lister = "Get-PictifyExperiment")
    {
        foreach (string name in _names?.Missing ?? [])
        {
            yield return InputErrors.NoSuch(
                $"{kind}experiment with the name",
                name,
                lister,
                Instead(name, isName: true)
            );
        }

        foreach (string slug in _slugs?.Missing ?? [])
        {
            yield return InputErrors.NoSuch(
                $"{kind}experiment with the slug",
                slug,
                lister,
                Instead(slug, isName: false)
            );
        }
    }

    /// <summary>The advice which parameter the text is for; null if that is unknown.</summary>
    private string? Instead(string text, bool isName)
    {
        if (!_others.TryGetValue(text, out Experiment? experiment))
        {
            // The service's uids have this prefix. An experiment that is not in the list can still be read by its uid.
            return
                text.StartsWith("exp_", StringComparison.OrdinalIgnoreCase)
                && ExperimentRules.GetUidProblem(text) is null
                ? "It looks like a uid, which -Uid takes."
                : null;
        }

        bool Is(string? one) => string.Equals(one, text, StringComparison.OrdinalIgnoreCase);
        return Is(experiment.Uid) ? $"It is the uid of {experiment}: use -Uid."
            : isName && Is(experiment.Slug) ? $"It is the slug of {experiment}: use -Slug."
            : !isName && Is(experiment.Name) ? $"It is the name of {experiment}: use -Name."
            : null;
    }
}
