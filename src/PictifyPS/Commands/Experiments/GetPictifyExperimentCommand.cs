using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Gets experiments: all of them, those that match, or single ones by uid.</summary>
/// <remarks>
/// <para>Every page of the list is read by default, and experiments are emitted as pages arrive. The service filters by one status and one
/// type; all other filters are applied by this command. Each experiment is emitted once, even if the list changes while it is read. A
/// warning is written if the list changed, and the error ListUnsettled if it changed during every attempt to read it, so that some
/// experiments may be missing.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyExperiment -Status Running</code>
/// <para>Gets all running experiments. To filter experiments that were read before, use Where-Object StatusText -eq running, which also
/// works after ConvertTo-Json, which writes Status as a number.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero*' -Type AbTest</code>
/// <para>Gets the A/B tests whose names begin with Hero.</para>
/// </example>
/// <example>
/// <code>(Get-PictifyExperiment -Uid exp_abc123).Variants</code>
/// <para>Gets the variants of one experiment, with their counters.</para>
/// </example>
/// <seealso cref="SuspendPictifyExperimentCommand"/>
/// <seealso cref="MeasurePictifyExperimentCommand"/>
/// <seealso cref="GetPictifyPauseCommand"/>
/// <seealso cref="WaitPictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Bulk</seealso>
[Cmdlet(VerbsCommon.Get, "PictifyExperiment", DefaultParameterSetName = Listed, SupportsPaging = true)]
[OutputType(typeof(Experiment))]
public sealed class GetPictifyExperimentCommand : BulkCmdlet
{
    private const string Listed = "List";
    private const string ByUid = "Uid";

    /// <summary>The experiments' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = Listed)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NameCompleter))]
    [Text("Get-PictifyExperiment -Name", ReplacesInput = true)]
    public string[]? Name { get; set; }

    /// <summary>The experiments' slugs, as in public image URLs; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = Listed)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SlugPatternCompleter))]
    [Text("Get-PictifyExperiment -Slug", ReplacesInput = true)]
    public string[]? Slug { get; set; }

    /// <summary>Only experiments in one of these statuses, such as Running or Paused.</summary>
    [Parameter(ParameterSetName = Listed)]
    [EnumName(typeof(ExperimentStatus))]
    public ExperimentStatus[]? Status { get; set; }

    /// <summary>Only experiments of one of these types, such as AbTest; the API's own ab_test is accepted too.</summary>
    [Parameter(ParameterSetName = Listed)]
    [EnumName(typeof(ExperimentType))]
    public ExperimentType[]? Type { get; set; }

    /// <summary>The uids of single experiments, such as exp_abc123.</summary>
    [Parameter(
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        ParameterSetName = ByUid
    )]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(UidCompleter))]
    public string[] Uid { get; set; } = [];

    private ulong _skip;
    private ulong _left;

    private protected override string Activity => "Reading experiments";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _skip = PagingParameters.Skip;
        _left = PagingParameters.First;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == Listed)
        {
            Run.CancelOnException(WriteList);
            return;
        }

        Run.SubmitReads(Uid);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Run.Finish();

    private protected override void OnResult(object? result) => _ = Page((Experiment)result!, base.OnResult);

    private void WriteList()
    {
        var filter = new ExperimentFilter(Name, Slug, Status, Type);
        IEnumerable<ExperimentPage> pages = Service.Pages(filter.Query(_skip, _left));

        // Tab completion has them from their page already.
        Action<object?> write = WriteObject;

        if (PagingParameters.IncludeTotalCount)
        {
            pages = WithTotal(pages, filter);
        }

        foreach (ExperimentPage page in pages)
        {
            foreach (Experiment experiment in page.Experiments)
            {
                Run.Done++;
                if (filter.IsMatch(experiment) && !Page(experiment, write))
                {
                    return;
                }
            }
        }

        WriteErrors(filter.Missing());
    }

    /// <summary>The count is emitted before the first experiment, so if this command has to filter, all pages are read first.</summary>
    private IEnumerable<ExperimentPage> WithTotal(IEnumerable<ExperimentPage> pages, ExperimentFilter filter)
    {
        if (!filter.IsLocal)
        {
            bool first = true;
            foreach (ExperimentPage page in pages)
            {
                if (first)
                {
                    first = false;
                    WriteObject(PagingParameters.NewTotalCount((ulong)(page.Total ?? 0), page.Total is null ? 0 : 1));
                }

                yield return page;
            }

            yield break;
        }

        List<ExperimentPage> all = [.. pages];
        int count = all.Sum(page => page.Experiments.Count(filter.IsMatch));
        WriteObject(PagingParameters.NewTotalCount((ulong)count, 1));
        foreach (ExperimentPage page in all)
        {
            yield return page;
        }
    }

    /// <summary>Applies -Skip and -First; false once no more experiments are wanted.</summary>
    private bool Page(Experiment experiment, Action<object?> write)
    {
        if (_skip > 0)
        {
            _skip--;
            return true;
        }

        if (_left == 0)
        {
            return false;
        }

        _left--;
        write(experiment);
        return _left > 0;
    }
}
