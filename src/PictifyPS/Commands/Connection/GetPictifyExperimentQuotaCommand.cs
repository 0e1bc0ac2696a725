using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;

namespace PictifyPS.Commands;

/// <summary>Gets the plan's limit of experiments and how many of them are used, a row for each type of experiment.</summary>
/// <remarks>
/// <para>An unlimited type has no Limit and no Remaining, and is shown as unlimited.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyExperimentQuota</code>
/// <para>Used and allowed experiments of each type.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperimentQuota | Where-Object { -not $_.IsUnlimited -and $_.Remaining -lt 1 }</code>
/// <para>The types of which no more can be created.</para>
/// </example>
/// <seealso cref="NewPictifyExperimentCommand"/>
/// <seealso cref="TestPictifyConnectionCommand"/>
[Cmdlet(VerbsCommon.Get, "PictifyExperimentQuota")]
[OutputType(typeof(PictifyQuotaRow))]
public sealed class GetPictifyExperimentQuotaCommand : ConnectedCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ExperimentQuota quota;
        try
        {
            quota = WaitFor(Client.GetQuotaAsync(StopToken));
        }
        catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
        {
            throw Terminate(exception);
        }

        foreach (KeyValuePair<string, QuotaUse> use in quota.Quota)
        {
            WriteObject(
                new PictifyQuotaRow(
                    use.Key,
                    use.Value.Used ?? 0,
                    use.Value.Limit,
                    quota.Plan,
                    quota.MaxVariants,
                    quota.AnalyticsRetentionDays
                )
            );
        }
    }
}
