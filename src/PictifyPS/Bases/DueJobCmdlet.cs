using System.Management.Automation;
using Pictify.Schedules;

namespace PictifyPS.Bases;

/// <summary>A cmdlet for the jobs that end pauses; it sends no request.</summary>
public abstract class DueJobCmdlet : PictifyCmdlet
{
    private protected DueJobs Jobs { get; } = DueJobs.Here();

    /// <summary>
    /// Runs a function that starts programs on another thread, so that the pipeline can be stopped; a failure ends the command.
    /// </summary>
    private protected T OnAnotherThread<T>(Func<T> function, object? target = null)
    {
        try
        {
            return WaitFor(Task.Run(function, StopToken));
        }
        catch (Exception exception) when (exception is ScheduleException or OperationCanceledException)
        {
            throw Terminate(exception, target);
        }
    }

    /// <summary>The same for an action without a result.</summary>
    private protected void OnAnotherThread(Action action, object? target = null) =>
        _ = OnAnotherThread(
            () =>
            {
                action();
                return true;
            },
            target
        );
}

/// <summary>The names of this user's jobs.</summary>
internal sealed class DueJobCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        System.Management.Automation.Language.CommandAst commandAst,
        System.Collections.IDictionary fakeBoundParameters
    )
    {
        try
        {
            return
            [
                .. DueJobs
                    .Names()
                    .Where(name => name.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase))
                    .Where(DueJobOptions.IsName)
                    .Select(static name => new CompletionResult(name)),
            ];
        }
        catch (ScheduleException)
        {
            // Nothing is completed if the folder cannot be read; the command reports why.
            return [];
        }
    }
}
