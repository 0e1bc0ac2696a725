using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>
/// A command's access to Pictify: the connection that it runs on with its client and its ledger, and the pages of the list of experiments.
/// </summary>
/// <param name="cmdlet">The cmdlet that waits and writes.</param>
/// <param name="given">Its -Connection, which PowerShell binds after the constructor.</param>
internal sealed class ServiceAccess(PictifyCmdlet cmdlet, Func<PictifyConnection?> given)
{
    private PictifyClient? _client;
    private PictifyConnection? _current;

    /// <summary>The connection that the command runs on.</summary>
    public PictifyConnection Current => _current ??= cmdlet.Resolve(given());

    public PictifyClient Client => _client ??= new PictifyClient(Current, new Observer(this, cmdlet));

    /// <summary>
    /// Notes until when the rate limit holds requests back; false if that was noted already, and is not to be written again.
    /// </summary>
    public Func<DateTimeOffset, bool> NoteWait { get; set; } = static _ => true;

    /// <summary>How many requests may run at the same time; of a list, at most as many pages are requested at once.</summary>
    public Func<int> RequestLimit { get; set; } = static () => int.MaxValue;

    /// <summary>Resolves the connection before the first input arrives, so that a missing one is one error.</summary>
    public void Begin() => _ = Client;

    /// <summary>The connection's ledger, which the command needs.</summary>
    public ILedger RequireLedger() => Ledgers.Of(Current) ?? throw cmdlet.Terminate(OperationErrors.LedgerOff());

    /// <summary>The connection's ledger, which has to exist if it was named; null if it is off.</summary>
    public PictifyLedger? LedgerForReading()
    {
        try
        {
            return Ledgers.ForReading(Current);
        }
        catch (LedgerException exception)
        {
            throw cmdlet.Terminate(exception);
        }
    }

    /// <summary>
    /// The pages of a list, as they arrive; a failure ends the command, because the rest of the list would be missing.
    /// </summary>
    public IEnumerable<ExperimentPage> Pages(ExperimentQuery query)
    {
        bool isListing = query is { Status: null, Type: null, PageSize: ExperimentQuery.MaximumPageSize };
        IAsyncEnumerator<ExperimentPage> pages = Client
            .ListAsync(query.AtOnce(RequestLimit()), cmdlet.StopToken)
            .GetAsyncEnumerator(cmdlet.StopToken);
        try
        {
            while (MoveNext(pages))
            {
                ExperimentPage page = pages.Current;
                if (page.Shift == ListShift.Recovered)
                {
                    cmdlet.WriteWarning(
                        "The list of experiments changed while it was read. It was read again until it was complete. Each experiment was returned once."
                    );
                }
                else if (page.Shift == ListShift.Unsettled)
                {
                    // Does not end the command: the experiments that were returned are correct.
                    cmdlet.WriteError(Failures.ListUnsettled());
                }

                cmdlet.WriteWarnings(page.Problems);
                CompletionCache.Remember(Current, page.Experiments, isListing);
                yield return page;
            }
        }
        finally
        {
            cmdlet.WaitFor(pages.DisposeAsync().AsTask());
        }
    }

    private bool MoveNext(IAsyncEnumerator<ExperimentPage> pages)
    {
        try
        {
            return cmdlet.WaitFor(pages.MoveNextAsync().AsTask());
        }
        catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
        {
            throw cmdlet.Terminate(exception);
        }
    }

    /// <summary>Called when the rate limit holds requests back; on the pipeline thread.</summary>
    private void OnWaiting(DateTimeOffset until)
    {
        if (NoteWait(until))
        {
            cmdlet.WriteVerbose($"{ProgressBar.WaitText(until, Current.Now)}, until {until.LocalDateTime:HH:mm:ss}.");
        }
    }

    /// <summary>Writes the events of requests, which run on other threads, on the pipeline thread.</summary>
    private sealed class Observer(ServiceAccess service, PictifyCmdlet cmdlet) : IRequestObserver
    {
        public void Retrying(string request, int attempt, string cause, TimeSpan wait) =>
            cmdlet.PipelineThread.Enqueue(() =>
                cmdlet.WriteVerbose(
                    $"{request}: attempt {attempt} failed, the next in {wait.TotalSeconds:0.0} s. {cause}"
                )
            );

        public void WaitingForRateLimit(DateTimeOffset until) =>
            cmdlet.PipelineThread.Enqueue(() => service.OnWaiting(until));

        public void Answered(string request, int? status, TimeSpan elapsed) =>
            cmdlet.PipelineThread.Enqueue(() =>
                cmdlet.WriteDebug(
                    $"{request}: {(status is null ? "no answer" : $"HTTP {status}")}, {elapsed.TotalMilliseconds:0} ms"
                )
            );
    }
}
