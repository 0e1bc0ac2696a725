using System.Management.Automation;
using Pictify.Schedules;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Gets the scheduled jobs on this machine that end due pauses, as Register-PictifyDueJob registered them.</summary>
/// <remarks>
/// <para>It gets the jobs of this user, and asks the scheduler whether it still has each of them. Jobs that were registered in another way,
/// such as by one of the samples, are not included.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyDueJob</code>
/// <para>Gets the jobs, how often each runs, and the ledger whose pauses it ends.</para>
/// </example>
/// <example>
/// <code>Get-PictifyDueJob | Where-Object { -not $_.IsActive }</code>
/// <para>Gets jobs that the scheduler no longer has.</para>
/// </example>
/// <seealso cref="RegisterPictifyDueJobCommand"/>
/// <seealso cref="UnregisterPictifyDueJobCommand"/>
/// <seealso cref="GetPictifyPauseCommand"/>
/// <seealso>about_PictifyPS_Schedules</seealso>
[Cmdlet(VerbsCommon.Get, "PictifyDueJob")]
[OutputType(typeof(PictifyDueJob))]
public sealed class GetPictifyDueJobCommand : DueJobCmdlet
{
    /// <summary>The jobs' names; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DueJobCompleter))]
    [Text("Get-PictifyDueJob -Name", ReplacesInput = true)]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var names = Name is null ? null : new NamePattern(Name);
        foreach (PictifyDueJob job in OnAnotherThread(Jobs.List))
        {
            if (names?.IsMatch(job.Name) != false)
            {
                WriteObject(job);
            }
        }

        foreach (string missing in names?.Missing ?? [])
        {
            WriteError(OperationErrors.NoSuchDueJob(missing));
        }
    }
}
