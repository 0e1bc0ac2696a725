using System.Management.Automation;
using System.Text;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Commands;

/// <summary>Calls any endpoint of Pictify's API, with the connection's key, pacing and retries.</summary>
/// <remarks>
/// <para>For endpoints without a cmdlet. The path is relative to the connection's address and can reach no other host. A GET is sent again
/// after a failure, as by the other cmdlets; any other request is sent once, unless it certainly did not arrive.</para>
/// <para>If an object of the answer has names that PowerShell's objects cannot have (two that differ by case only, an empty one, PSObject),
/// it is emitted as a dictionary. A list without paging is read until a page is empty or the same as the one before.</para>
/// </remarks>
/// <example>
/// <code>Invoke-PictifyApi 'experiments/api?status=running' -Paginate</code>
/// <para>Gets all running experiments, from all pages, as the service sends them.</para>
/// </example>
/// <example>
/// <code>Invoke-PictifyApi experiments/api/exp_abc123 -Method Put -Body @{ name = 'Hero Autumn'; minimumRunDays = 14 }</code>
/// <para>Sends an object as JSON.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsLifecycle.Invoke, "PictifyApi", SupportsShouldProcess = true)]
[OutputType(typeof(PSObject), typeof(string))]
public sealed class InvokePictifyApiCommand : ConnectedCmdlet
{
    private const int MaximumPages = 10_000;
    private RecordedRun? _record;
    private readonly ConsecutiveFailures _failures = new();

    /// <summary>The path after the connection's address, such as experiments/api or /templates?limit=10.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>GET, POST, PUT, PATCH or DELETE. Default GET.</summary>
    [Parameter]
    [ValidateSet("GET", "POST", "PUT", "PATCH", "DELETE", IgnoreCase = true)]
    [Text("Invoke-PictifyApi -Method")]
    public string Method { get; set; } = "GET";

    /// <summary>What to send: an object or a hashtable, which are converted to JSON, or a text, which is JSON.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject? Body { get; set; }

    /// <summary>Emits the answer as text, unchanged.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Reads all pages of a list, and emits its items. GET only.</summary>
    [Parameter]
    public SwitchParameter Paginate { get; set; }

    /// <summary>
    /// The reason, for the ledger, which records every call except GET. A connection that was made with -RequireReason refuses changes
    /// without one.
    /// </summary>
    [Parameter]
    [Text("Invoke-PictifyApi -Reason")]
    public string? Reason { get; set; }

    /// <inheritdoc cref="ExperimentChangeCmdlet.Ticket"/>
    [Parameter]
    [Text("Invoke-PictifyApi -Ticket")]
    public string? Ticket { get; set; }

    private bool IsGet => Method.Equals("GET", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Paginate && !IsGet)
        {
            ThrowTerminatingError(InputErrors.InvalidCall("-Paginate can be used with GET only."));
        }

        if (!IsGet)
        {
            _record = BeginRecord(Current, Reason, Ticket);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => EndRecord();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string method = Method.ToUpperInvariant();
        if (ApiCall.Create(Current, method, Path, Body, out ErrorRecord? refusal) is not { } call)
        {
            WriteError(refusal!);
            return;
        }

        if (!IsGet && !ShouldProcess($"{SafeText.Clean(Path)} in {Current}", method + _record!.Because))
        {
            return;
        }

        if (_failures.Cause is { } cause)
        {
            WriteError(Failures.NotAttempted(Path, $"'{SafeText.Clean(Path, SafeText.LongestName)}'", cause.Message));
            return;
        }

        Send(call);
    }

    private void Send(ApiCall call)
    {
        try
        {
            if (Paginate)
            {
                WritePages(call);
            }
            else
            {
                ApiResponse response = WaitFor(call.SendAsync(Client, _record, StopToken));
                Write(response, () => ApiObject.ToPowerShell(AnswerReader.ReadPlain(response)));
            }

            _failures.Note(null);
        }
        catch (ItemException exception)
        {
            WriteError(Failures.From(exception, Path));
        }
        catch (PictifyException exception)
        {
            _failures.Note(exception);
            if (exception.StopsBatch)
            {
                throw Terminate(exception, Path);
            }

            WriteError(Failures.From(exception, Path));
        }
        catch (Exception exception) when (exception is OperationCanceledException or LedgerException)
        {
            throw Terminate(exception);
        }
    }

    private void WritePages(ApiCall call)
    {
        var reader = new PageReader();
        for (int page = 1; page <= MaximumPages && reader.HasMore; page++)
        {
            ApiResponse response = WaitFor(call.Page(page).SendAsync(Client, _record, StopToken));
            if (reader.Read(response) is not { } items)
            {
                return;
            }

            Write(response, () => items.Select(ApiObject.ToPowerShell));
        }
    }

    private void Write(ApiResponse response, Func<object?> read)
    {
        if (response.Body.Count > 0 && !Raw)
        {
            WriteObject(read(), enumerateCollection: true);
        }
        else if (response.Body.Count > 0)
        {
            WriteObject(Encoding.UTF8.GetString(response.Body.Array!, response.Body.Offset, response.Body.Count));
        }
    }
}
