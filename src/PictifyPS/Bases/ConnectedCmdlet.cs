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
    /// <summary>Whoever presses Ctrl+C does not wait long for a ledger that another program keeps locked.</summary>
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(1);

    private PictifyClient? _client;
    private PictifyConnection? _current;
    private SessionRun? _run;
    private OperationRun? _record;

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

    /// <summary>The connection is settled before the first object comes, so that its absence is one error.</summary>
    protected override void BeginProcessing() => _ = Client;

    /// <summary>Begins to record what this run of the command changes.</summary>
    private protected OperationRun BeginRecord(string? reason, string? ticket, DateTimeOffset? until = null)
    {
        ILedger? ledger = Ledgers.Of(Current);
        var lines = new CountedLedger(ledger, Current.RequireLedger);
        var head = new LedgerEntry
        {
            Command = MyInvocation.MyCommand.Name,
            Reason = string.IsNullOrWhiteSpace(reason) ? null : reason,
            Ticket = string.IsNullOrWhiteSpace(ticket) ? null : ticket,
            UntilMoment = until,
        };
        var record = new OperationRun(
            Current,
            lines,
            head,
            failure => Thread.Post(() => WriteWarning(NotRecorded(failure)))
        );
        if (!IsWhatIf)
        {
            // Where nothing is changed there is no operation. Where the command is refused below, there is one that did not succeed.
            _record = record;
            _run = new SessionRun(record.Operation, lines);
            SessionOperation.Begin(_run);
        }

        if (Current.RequireReason && string.IsNullOrWhiteSpace(reason))
        {
            ThrowTerminatingError(ConnectionErrors.ReasonRequired());
        }

        if (Math.Max(reason?.Length ?? 0, ticket?.Length ?? 0) > LedgerEntry.MaximumText)
        {
            ThrowTerminatingError(
                InputErrors.InvalidCall(
                    $"-Reason and -Ticket have {LedgerEntry.MaximumText} characters at most: an entry of the ledger takes no more."
                )
            );
        }

        if (until is not null && ledger is null)
        {
            ThrowTerminatingError(OperationErrors.LedgerNeeded("A pause with an end"));
        }

        if (IsWhatIf)
        {
            return record;
        }

        try
        {
            Await(record.ProbeAsync(StopToken));
        }
        catch (Exception exception) when (exception is LedgerException or OperationCanceledException)
        {
            Terminate(exception);
        }

        return record;
    }

    /// <summary>Why a change is made, for -WhatIf and -Confirm: what stands behind what is done; empty where nothing was said.</summary>
    private protected static string Because(string? reason, string? ticket)
    {
        string? why = SafeText.OneLine(reason, SafeText.LongestName);
        string? where = SafeText.OneLine(ticket, SafeText.LongestName);
        return (why is null ? "" : $", reason '{why}'") + (where is null ? "" : $", ticket {where}");
    }

    /// <summary>To be called at the very end of a command that began a record: what ends before is no success.</summary>
    private protected void EndRecord() => _run?.End();

    /// <summary>For how many inputs nothing was tried; null where that is not known.</summary>
    /// <param name="recorded">How many the record has.</param>
    private protected virtual int? NotAttempted(int recorded) => null;

    /// <summary>
    /// Records where the command ended early. Only here it is certain: a command that is stopped, or that has an exception pass
    /// through it, has no end of its own.
    /// </summary>
    private protected override void OnEnded()
    {
        if (_run is not { HasEnded: false } run || _record is not { } record)
        {
            return;
        }

        using var limit = new CancellationTokenSource(_stopLimit);
        try
        {
            record.StoppedAsync(NotAttempted(run.Operation().Total), limit.Token).GetAwaiter().GetResult();
        }
        catch (LedgerException exception)
        {
            WarnAtEnd(exception.Message);
        }
        catch (OperationCanceledException)
        {
            WarnAtEnd("Another program keeps the ledger locked.");
        }
    }

    private void WarnAtEnd(string why)
    {
        try
        {
            WriteWarning($"It is not recorded that the command ended early: {why}");
        }
        catch (Exception exception) when (exception is RuntimeException or InvalidOperationException)
        {
            // A pipeline that is stopping takes nothing any more, and a preference may make an error of a warning: what ended the
            // command stands.
        }
    }

    /// <inheritdoc/>
    private protected override void OnError() => _run?.AddError();

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
                if (Await(other.FindOperationAsync(id, StopToken)) is { } operation)
                {
                    return operation;
                }
            }
            catch (LedgerException)
            {
                // Another connection's ledger is looked in for a better error only.
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
    private protected bool IsWhatIf =>
        MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? given)
            ? given is SwitchParameter { IsPresent: true } or true
            : LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("WhatIfPreference"));

    /// <summary>True where ShouldProcess asks, by -Confirm or $ConfirmPreference.</summary>
    private protected bool Confirms
    {
        get
        {
            if (MyInvocation.BoundParameters.TryGetValue("Confirm", out object? given))
            {
                return given is SwitchParameter { IsPresent: true } or true;
            }

            var cmdlet = (CmdletAttribute)Attribute.GetCustomAttribute(GetType(), typeof(CmdletAttribute))!;
            return LanguagePrimitives.TryConvertTo(
                    SessionState.PSVariable.GetValue("ConfirmPreference"),
                    out ConfirmImpact from
                )
                && from != ConfirmImpact.None
                && cmdlet.ConfirmImpact >= from;
        }
    }

    private static string NotRecorded(LedgerException failure) =>
        $"A change is made, but not recorded, and so may be others that follow: {failure.Message} "
        + "'Connect-Pictify -LedgerPath' takes another file; -RequireLedger refuses changes without a record.";

    /// <summary>Called when the rate limit holds requests back; on the pipeline thread.</summary>
    private protected virtual void OnWaiting(DateTimeOffset until) =>
        WriteVerbose($"{WaitText(until)}, until {until.LocalDateTime:HH:mm:ss}.");

    /// <summary>Reads as <c>Waiting for the rate limit: 2 s</c>.</summary>
    private protected string WaitText(DateTimeOffset until) =>
        $"Waiting for the rate limit: {Math.Max(1, Math.Ceiling((until - Current.Now).TotalSeconds)):0} s";

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
                    // Not the end of the command: what came is right, and is worth going on with.
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
            return Await(pages.MoveNextAsync().AsTask());
        }
        catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
        {
            Terminate(exception);
            throw;
        }
    }

    /// <summary>Carries what requests have to tell to the pipeline thread.</summary>
    private sealed class Observer(ConnectedCmdlet cmdlet) : IRequestObserver
    {
        public void Retrying(string request, int attempt, string cause, TimeSpan wait) =>
            cmdlet.Thread.Post(() =>
                cmdlet.WriteVerbose(
                    $"{request}: attempt {attempt} failed, the next in {wait.TotalSeconds:0.0} s. {cause}"
                )
            );

        public void WaitingForRateLimit(DateTimeOffset until) => cmdlet.Thread.Post(() => cmdlet.OnWaiting(until));

        public void Answered(string request, int? status, TimeSpan elapsed) =>
            cmdlet.Thread.Post(() =>
                cmdlet.WriteDebug(
                    $"{request}: {(status is null ? "no answer" : $"HTTP {status}")}, {elapsed.TotalMilliseconds:0} ms"
                )
            );
    }
}
