using System.Management.Automation;
using Pictify.Schedules;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Gets the jobs on this machine that end pauses, as Register-PictifyDueJob made them.</summary>
/// <remarks>
/// <para>The jobs are those of this user. Whether the scheduler still has each is asked. Jobs that were made in another way, such as by
/// one of the samples, are not known.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyDueJob</code>
/// <para>The jobs, how often each runs, and the ledger whose pauses it ends.</para>
/// </example>
/// <example>
/// <code>Get-PictifyDueJob | Where-Object { -not $_.IsActive }</code>
/// <para>Jobs that the scheduler does not have any more.</para>
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
    [Text("Get-PictifyDueJob -Name")]
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
