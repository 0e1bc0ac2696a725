using System.Collections;
using System.Globalization;
using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Sandbox;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Commands;

/// <summary>Advances a sandbox's clock, and simulates visitors who see and click its experiments.</summary>
/// <remarks>
/// <para>For rehearsals: a script can test within seconds that a harmful variant is detected, or that a pause ends in time. Each visitor
/// sees one variant, chosen at random by weight, and clicks it with the variant's true rate. Only running experiments count visitors, so a
/// paused one counts nothing. The same steps with the same -Seed give the same counters, on every machine.</para>
/// <para>Works on a sandbox in this process only ('Connect-Pictify -Sandbox'); on any other connection it is an error, and nothing is
/// sent. It sends no request, so it is not recorded in the ledger and the rate limit does not apply.</para>
/// </remarks>
/// <example>
/// <code>Step-PictifySandbox -Visitors 20000 -ClickRate @{ 'control' = 0.04; 'short-headline' = 0.02 } -For 24h</code>
/// <para>Simulates a day in which 20,000 visitors see each running A/B test, and the short headline gets half as many clicks.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero Summer Sale' | Step-PictifySandbox -Visitors 5000 | Measure-PictifyExperiment</code>
/// <para>Simulates an hour with 5,000 visitors of one experiment, whose variants keep their rates, and measures the experiment.</para>
/// </example>
/// <example>
/// <code>Step-PictifySandbox -Visitors 0 -For 72h; Resume-PictifyExperiment -Due</code>
/// <para>Advances the clock by three days, and resumes the experiments whose pause ended by then.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="MeasurePictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsCommon.Step, "PictifySandbox")]
[OutputType(typeof(Experiment))]
public sealed class StepPictifySandboxCommand : ConnectedCmdlet
{
    private readonly List<string> _uids = [];

    /// <summary>The uids of the experiments that get visitors. Default: all A/B tests.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(UidCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Uid { get; set; }

    /// <summary>How many visitors each experiment gets, 0 to 10 million. Default 1000.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int Visitors { get; set; } = 1000;

    /// <summary>
    /// The variants' true click rates, as a hashtable of variant ids and fractions from 0 to 1. A variant that is not named keeps the rate
    /// that was counted so far, or has 0.02.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? ClickRate { get; set; }

    /// <summary>The time that passes: a TimeSpan, or text such as 15m, 2h 1d; 366 days at most. Default 1h.</summary>
    [Parameter]
    [Text("Step-PictifySandbox -For")]
    [ValidateNotNullOrEmpty]
    public string For { get; set; } = "1h";

    /// <summary>Another seed simulates other visitors. Default 1.</summary>
    [Parameter]
    public int Seed { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord() => _uids.AddRange(Uid ?? []);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Current.Sandbox is not { } sandbox)
        {
            throw this.Terminate(ConnectionErrors.NotASandbox(Current));
        }

        if (MyInvocation.ExpectingInput && _uids.Count == 0)
        {
            // Nothing came through the pipeline: no experiment is meant, rather than all.
            return;
        }

        var traffic = new SandboxTraffic
        {
            Uids = _uids.Count == 0 ? null : [.. _uids],
            Visitors = Visitors,
            ClickRates = Rates(sandbox),
            Time = Duration(),
            Seed = Seed,
        };
        try
        {
            foreach (Experiment experiment in sandbox.Simulate(traffic))
            {
                experiment.Origin = Current.Origin;
                WriteObject(experiment);
            }
        }
        catch (KeyNotFoundException exception)
        {
            throw Terminate(new PictifyException(PictifyErrorKind.NotFound, exception.Message));
        }
        catch (InvalidOperationException exception)
        {
            ThrowTerminatingError(InputErrors.InvalidCall(exception.Message));
        }
    }

    private TimeSpan Duration()
    {
        DateTimeOffset now = Current.Time.GetLocalNow();
        (DateTimeOffset? end, string? why) = DateParser.After(For, now);
        return why is null ? end!.Value - now : throw this.Terminate(InputErrors.InvalidCall(why));
    }

    private Dictionary<string, double> Rates(PictifySandbox sandbox)
    {
        var rates = new Dictionary<string, double>(StringComparer.Ordinal);
        var known = new HashSet<string>(
            sandbox
                .Experiments.SelectMany(static experiment => experiment.Variants)
                .Select(static variant => variant.Id),
            StringComparer.Ordinal
        );
        foreach (DictionaryEntry entry in ClickRate ?? new Hashtable())
        {
            string id = $"{entry.Key}";
            object? value = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            if (!known.Contains(id))
            {
                ThrowTerminatingError(
                    InputErrors.InvalidCall($"-ClickRate: no experiment has a variant '{SafeText.Clean(id)}'.")
                );
            }

            if (
                !LanguagePrimitives.TryConvertTo(value, CultureInfo.InvariantCulture, out double rate)
                || !(rate >= 0 && rate <= 1)
            )
            {
                ThrowTerminatingError(
                    InputErrors.InvalidCall(
                        $"-ClickRate: '{SafeText.Clean($"{value}")}' is not a fraction from 0 to 1, such as 0.05 for 5 %."
                    )
                );
            }

            rates[id] = rate;
        }

        return rates;
    }
}
