using System.Management.Automation;
using Pictify.Schedules;
using PictifyPS.Bases;
using PictifyPS.Errors;

namespace PictifyPS.Commands;

/// <summary>Removes a scheduled job that Register-PictifyDueJob registered.</summary>
/// <remarks>
/// <para>The job is removed from the scheduler, and its files are deleted; the file with the key and the ledger are not. Experiments whose
/// pause has an end then stay paused, unless something else runs 'Resume-PictifyExperiment -Due'.</para>
/// </remarks>
/// <example>
/// <code>Unregister-PictifyDueJob -WhatIf</code>
/// <para>Shows that the job 'resume-due' would be removed.</para>
/// </example>
/// <example>
/// <code>Get-PictifyDueJob | Unregister-PictifyDueJob</code>
/// <para>Removes every job of this user.</para>
/// </example>
/// <seealso cref="RegisterPictifyDueJobCommand"/>
/// <seealso cref="GetPictifyDueJobCommand"/>
/// <seealso>about_PictifyPS_Schedules</seealso>
[Cmdlet(VerbsLifecycle.Unregister, "PictifyDueJob", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class UnregisterPictifyDueJobCommand : DueJobCmdlet
{
    /// <summary>The jobs' names, as Get-PictifyDueJob shows them. Default: resume-due.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DueJobCompleter))]
    public string[] Name { get; set; } = [new DueJobOptions().Name];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            if (OnAnotherThread(() => Jobs.Find(name)) is not { } job)
            {
                WriteError(OperationErrors.NoSuchDueJob(name));
                continue;
            }

            if (ShouldProcess($"Job {job.Name} with {job.Scheduler}", "Unregister"))
            {
                OnAnotherThread(() => Jobs.Unregister(name));
            }
        }
    }
}
