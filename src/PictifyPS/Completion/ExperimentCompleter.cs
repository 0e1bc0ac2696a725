using System.Collections;
using Pictify;
using Pictify.Http;
using PictifyPS.Input;

namespace PictifyPS.Completion;

/// <summary>Completes an argument from the cached experiments.</summary>
internal abstract class ExperimentCompleter : Completer
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    ) => Candidates(CompletionCache.Experiments(connection), line);

    /// <summary>The texts that match the parameter, with the experiment's name as tooltip.</summary>
    protected virtual IEnumerable<(string Text, string? Name)> Candidates(
        IReadOnlyCollection<CompletionCache.Entry> known,
        TypedLine line
    ) => known.Where(entry => IsFor(line.Command, entry.Status)).SelectMany(Candidates);

    /// <summary>The texts of one experiment for the parameter.</summary>
    protected abstract IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry);

    /// <summary>Whether the command has something to do for an experiment of this cached status.</summary>
    protected static bool IsFor(string command, ExperimentStatus status) =>
        status == ExperimentStatus.Unknown
        || command.ToUpperInvariant() switch
        {
            "SUSPEND-PICTIFYEXPERIMENT" or "PAUSE-PICTIFYEXPERIMENT" => Leads(status, ExperimentStatus.Paused),
            "COMPLETE-PICTIFYEXPERIMENT" => Leads(status, ExperimentStatus.Completed),
            "START-PICTIFYEXPERIMENT" => status == ExperimentStatus.Draft,
            "RESUME-PICTIFYEXPERIMENT" or "GET-PICTIFYPAUSE" => status == ExperimentStatus.Paused,
            "REMOVE-PICTIFYEXPERIMENT" => ExperimentRules.IsFilter(status) && status != ExperimentStatus.Running,
            _ => true,
        };

    private static bool Leads(ExperimentStatus from, ExperimentStatus to) =>
        ExperimentRules.TransitionsFrom(from).Contains(to);
}
