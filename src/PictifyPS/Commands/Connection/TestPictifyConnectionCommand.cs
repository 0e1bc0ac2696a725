using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;

namespace PictifyPS.Commands;

/// <summary>Tests the connection and reports which parts of it work and which do not.</summary>
/// <remarks>
/// <para>It sends two requests, which read the list of experiments and the plan's quota; nothing is changed. Problems are reported in the
/// object, in its Problem property, and not as an error, so that a runbook can act on them. Only a missing connection is an error.</para>
/// </remarks>
/// <example>
/// <code>Test-PictifyConnection</code>
/// <para>Shows whether Pictify is reachable, the key accepted and the experiments feature available, with plan, rate limit and
/// clock.</para>
/// </example>
/// <example>
/// <code>if (-not (Test-PictifyConnection).IsUsable) { exit 1 }</code>
/// <para>Ends a runbook early if the connection cannot be used.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="GetPictifyConnectionCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsDiagnostic.Test, "PictifyConnection")]
[OutputType(typeof(PictifyConnectionTest))]
public sealed class TestPictifyConnectionCommand : ConnectedCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            WriteObject(WaitFor(TestAsync(Client, Current, StopToken)));
        }
        catch (OperationCanceledException exception)
        {
            throw Terminate(exception);
        }
    }

    private static async Task<PictifyConnectionTest> TestAsync(
        PictifyClient client,
        PictifyConnection connection,
        CancellationToken cancellationToken
    )
    {
        var test = new PictifyConnectionTest { Environment = connection.Environment, BaseUri = connection.BaseUri };
        long started = connection.Time.GetTimestamp();
        try
        {
            await client.ProbeAsync(cancellationToken).ConfigureAwait(false);
            test.IsReachable = true;
            test.IsKeyAccepted = test.HasExperiments = true;
        }
        catch (PictifyException exception)
        {
            test.Problem = exception.Message;
            test.IsReachable = exception.StatusCode is not null && exception.Kind != PictifyErrorKind.InvalidResponse;
            (test.IsKeyAccepted, test.HasExperiments) = exception.Kind switch
            {
                PictifyErrorKind.Unauthorized => (false, null),
                PictifyErrorKind.FeatureUnavailable => (null, false),
                PictifyErrorKind.Forbidden => (true, false),
                _ => ((bool?)null, (bool?)null),
            };
        }

        test.Latency = connection.Time.GetElapsedTime(started);
        if (test.HasExperiments == true)
        {
            try
            {
                ExperimentQuota quota = await client.GetQuotaAsync(cancellationToken).ConfigureAwait(false);
                test.Plan = SafeText.OneLine(quota.Plan, SafeText.LongestName);
                test.Quota = quota;
            }
            catch (PictifyException exception)
            {
                // Experiments can be used without it.
                test.Problem = $"The plan's quota could not be read: {exception.Message}";
            }
        }

        test.RateLimit = connection.Experiments.Gate.Limit;
        test.RateLimitRemaining = connection.Experiments.Gate.Remaining;
        test.RateLimitReset = connection.Experiments.Gate.Reset?.LocalDateTime;
        test.ClockSkew = connection.Clock.Skew;
        return test;
    }
}
