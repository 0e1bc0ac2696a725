using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>A cmdlet that talks to Pictify.</summary>
public abstract class ConnectedCmdlet : PictifyCmdlet
{
    private PictifyClient? _client;
    private PictifyConnection? _current;
    private RecordedRun? _record;

    /// <summary>
    /// The connection to use: its name, or itself, from 'Connect-Pictify -PassThru' or Get-PictifyConnection. Default: the one that
    /// Connect-Pictify made last in this runspace; without one, the key in the environment variable PICTIFY_API_KEY.
    /// </summary>
    [Parameter]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    /// <summary>The connection that this command runs on.</summary>
    private protected PictifyConnection Current => _current ??= Resolve(Connection);

    private protected PictifyClient Client => _client ??= new PictifyClient(Current, new Observer(this));

    /// <summary>The connection is resolved before the first input arrives, so that a missing one is one error.</summary>
    protected override void BeginProcessing() => _ = Client;

    /// <summary>The record of this run, which <see cref="BeginRecord"/> began.</summary>
    private protected RecordedRun Record =>
        _record ?? throw new InvalidOperationException($"{nameof(BeginRecord)} was not called.");

    /// <summary>Begins to record what this run of the command changes; where it may not change anything, the command ends.</summary>
    private protected RecordedRun BeginRecord(string? reason, string? ticket, DateTimeOffset? until = null)
    {
        _record = new RecordedRun(
            Current,
            MyInvocation.MyCommand.Name,
            reason,
            ticket,
            until,
            IsWhatIf,
            WriteWarning,
            PipelineThread
        );
        if (_record.Refusal() is { } refusal)
        {
            ThrowTerminatingError(refusal);
        }

        try
        {
            WaitFor(_record.ProbeAsync(StopToken));
        }
        catch (Exception exception) when (exception is LedgerException or OperationCanceledException)
        {
            Terminate(exception);
        }

        return _record;
    }

    /// <summary>
    /// Called at the very end of a command that began a record: without it, the run is one that ended early.
    /// </summary>
    private protected void EndRecord() => _record?.End();

    /// <summary>For how many inputs nothing was tried; null where that is not known.</summary>
    /// <param name="recorded">How many the record has.</param>
    private protected virtual int? NotAttempted(int recorded) => null;

    /// <summary>
    /// A command that is stopped, or that has an exception pass through it, does not reach its EndProcessing: only here it is certain
    /// that it ended early.
    /// </summary>
    private protected override void OnEnded() => _record?.EndEarly(NotAttempted);

    /// <inheritdoc/>
    private protected override void OnError() => _record?.AddError();

    /// <summary>The connection's ledger, which this command is about.</summary>
    private protected ILedger RequireLedger()
    {
        ILedger? ledger = Ledgers.Of(Current);
        if (ledger is null)
        {
            ThrowTerminatingError(OperationErrors.LedgerOff());
        }

        return ledger!;
    }

    /// <summary>
    /// An error for each of these operations that was made through another connection of this session: whether it is in the present
    /// ledger, which several connections may share, or only in that one's.
    /// </summary>
    private protected ErrorRecord[] OtherOperations(ILedger ledger, IReadOnlyCollection<string> ids)
    {
        PictifyConnection[] others =
        [
            .. NamedConnections.AllWithDefault().Where(one => !ReferenceEquals(one, Current) && !one.IsClosed),
        ];
        if (others.Length == 0)
        {
            return [];
        }

        Dictionary<string, PictifyOperation> known = ReadLedger(
                ledger.ReadOperationsAsync(new LedgerQuery(), StopToken)
            )
            .ToDictionary(static operation => operation.Id, StringComparer.Ordinal);
        var errors = new List<ErrorRecord>();
        foreach (string id in ids.Distinct(StringComparer.Ordinal))
        {
            PictifyOperation? operation = known.TryGetValue(id, out PictifyOperation? found)
                ? found
                : FindElsewhere(id, others, ledger);
            if (
                operation is not null
                && NamedConnections.Other(Current, operation.BaseUrl, operation.KeyFingerprint) is { } origin
            )
            {
                errors.Add(ConnectionErrors.OtherOperation(operation, Current, origin));
            }
        }

        return [.. errors];
    }

    private PictifyOperation? FindElsewhere(string id, PictifyConnection[] others, ILedger ledger)
    {
        foreach (ILedger other in others.Select(Ledgers.Of).OfType<ILedger>().Where(one => one != ledger).Distinct())
        {
            try
            {
                if (WaitFor(other.FindOperationAsync(id, StopToken)) is { } operation)
                {
                    return operation;
                }
            }
            catch (LedgerException)
            {
                // Another connection's ledger is read only for a better error.
            }
        }

        return null;
    }

    /// <summary>The connection's ledger, which has to exist where it was named; null where it is off.</summary>
    private protected PictifyLedger? LedgerForReading()
    {
        try
        {
            return Ledgers.ForReading(Current);
        }
        catch (LedgerException exception)
        {
            Terminate(exception);
            throw;
        }
    }

    /// <summary>True under -WhatIf, where nothing is changed and so nothing is recorded.</summary>
    private protected bool IsWhatIf => RunPreferences.IsWhatIf(this);

    /// <summary>Called when the rate limit holds requests back; on the pipeline thread.</summary>
    private protected virtual void OnWaiting(DateTimeOffset until) =>
        WriteVerbose($"{ProgressBar.WaitText(until, Current.Now)}, until {until.LocalDateTime:HH:mm:ss}.");

    /// <summary>
    /// The pages of a list, as they come; a failure ends the command, because the rest of the list would be missing.
    /// </summary>
    private protected IEnumerable<ExperimentPage> Pages(ExperimentQuery query)
    {
        bool isListing = query is { Status: null, Type: null, PageSize: ExperimentQuery.MaximumPageSize };
        IAsyncEnumerator<ExperimentPage> pages = Client.ListAsync(query, StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (MoveNext(pages))
            {
                ExperimentPage page = pages.Current;
                if (page.Shift == ListShift.Settled)
                {
                    WriteWarning(
                        "The list of experiments changed while it was read. It was read again until nothing was missing; each experiment came once."
                    );
                }
                else if (page.Shift == ListShift.Unsettled)
                {
                    // Does not end the command: the experiments that came are right.
                    WriteError(Failures.ListUnsettled());
                }

                WriteWarnings(page.Problems);
                CompletionCache.Remember(Current, page.Experiments, isListing);
                yield return page;
            }
        }
        finally
        {
            pages.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private bool MoveNext(IAsyncEnumerator<ExperimentPage> pages)
    {
        try
        {
            return WaitFor(pages.MoveNextAsync().AsTask());
        }
        catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
        {
            Terminate(exception);
            throw;
        }
    }

    /// <summary>Has the pipeline thread write what happens to requests, which run on other threads.</summary>
    private sealed class Observer(ConnectedCmdlet cmdlet) : IRequestObserver
    {
        public void Retrying(string request, int attempt, string cause, TimeSpan wait) =>
            cmdlet.PipelineThread.Enqueue(() =>
                cmdlet.WriteVerbose(
                    $"{request}: attempt {attempt} failed, the next in {wait.TotalSeconds:0.0} s. {cause}"
                )
            );

        public void WaitingForRateLimit(DateTimeOffset until) =>
            cmdlet.PipelineThread.Enqueue(() => cmdlet.OnWaiting(until));

        public void Answered(string request, int? status, TimeSpan elapsed) =>
            cmdlet.PipelineThread.Enqueue(() =>
                cmdlet.WriteDebug(
                    $"{request}: {(status is null ? "no answer" : $"HTTP {status}")}, {elapsed.TotalMilliseconds:0} ms"
                )
            );
    }
}
