using System.Globalization;
using System.Management.Automation;
using System.Net.Http;
using System.Text;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Calls any endpoint of Pictify's API, with the connection's key, pacing and retries.</summary>
/// <remarks>
/// <para>For what has no cmdlet of its own. The path is relative to the connection's address and can reach no other host. GET is
/// repeated after failures as elsewhere; anything else is sent once, unless it certainly did not arrive.</para>
/// <para>An object of the answer with names that PowerShell's objects cannot hold (two that differ by case only, an empty one,
/// PSObject) is emitted as a dictionary. A list without paging is read until a page is empty or the same as the one before.</para>
/// </remarks>
/// <example>
/// <code>Invoke-PictifyApi 'experiments/api?status=running' -Paginate</code>
/// <para>Everything that runs, from all pages, as the service sends it.</para>
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
    private byte[]? _json;
    private readonly FailureRun _failures = new();

    /// <summary>The path after the connection's address, such as experiments/api or /templates?limit=10.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>GET, POST, PUT, PATCH or DELETE. Default GET.</summary>
    [Parameter]
    [ValidateSet("GET", "POST", "PUT", "PATCH", "DELETE", IgnoreCase = true)]
    [Text("Invoke-PictifyApi -Method")]
    public string Method { get; set; } = "GET";

    /// <summary>What to send: an object or a hashtable, which become JSON, or a text, which is JSON.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject? Body { get; set; }

    /// <summary>Emits the answer as the text that came.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Reads all pages of a list, and emits its items. GET only.</summary>
    [Parameter]
    public SwitchParameter Paginate { get; set; }

    /// <summary>
    /// Why, for the ledger, which records every call but GET. A connection that was made with -RequireReason refuses changes
    /// without one.
    /// </summary>
    [Parameter]
    [Text("Invoke-PictifyApi -Reason")]
    public string? Reason { get; set; }

    /// <summary>The ticket that asks for it or explains it, for the ledger.</summary>
    [Parameter]
    [Text("Invoke-PictifyApi -Ticket")]
    public string? Ticket { get; set; }

    private bool IsGet => Method.Equals("GET", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (!IsGet)
        {
            _record = BeginRecord(Reason, Ticket);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => EndRecord();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Refusal() is { } refusal)
        {
            WriteError(refusal);
            return;
        }

        string method = Method.ToUpperInvariant();
        if (!IsGet && !ShouldProcess($"{SafeText.Clean(Path)} in {Current}", method + _record!.Because))
        {
            return;
        }

        if (_failures.Cause is { } cause)
        {
            WriteError(Failures.NotAttempted(Path, $"'{SafeText.Clean(Path, SafeText.LongestName)}'", cause.Message));
            return;
        }

        Call(method);
    }

    /// <summary>Why nothing is sent for this path and body; null where there is no such reason.</summary>
    private ErrorRecord? Refusal()
    {
        if (ApiPath.WhyNot(Path, Current.BaseUri) is { } why)
        {
            return InputErrors.InvalidPath(Path, why);
        }

        if (SandboxGuard.Refuses(Current, Uri.UnescapeDataString(Path)))
        {
            return ConnectionErrors.SandboxUid(Path, Current, Path);
        }

        if (Paginate && !IsGet)
        {
            ThrowTerminatingError(InputErrors.InvalidCall("-Paginate goes with GET only."));
        }

        try
        {
            _json = Body is null ? null : Json(Body);
        }
        catch (FormatException exception)
        {
            return InputErrors.NotJson(Body, exception);
        }

        return _json is not null && SandboxGuard.Refuses(Current, Encoding.UTF8.GetString(_json))
            ? ConnectionErrors.SandboxUid(null, Current, Body)
            : null;
    }

    private void Call(string method)
    {
        try
        {
            if (Paginate)
            {
                WritePages();
            }
            else
            {
                Write(Send(method, ApiPath.Relative(Path)));
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
            if (exception.IsFatal)
            {
                Terminate(exception, Path);
            }

            WriteError(Failures.From(exception, Path));
        }
        catch (Exception exception) when (exception is OperationCanceledException or LedgerException)
        {
            Terminate(exception);
        }
    }

    private ApiResponse Send(string method, string path)
    {
        var request = new ApiRequest(IsGet ? RequestKind.Read : RequestKind.Other, new HttpMethod(method), path)
        {
            Body = _json,
            IdempotencyKey = method == "POST" ? Guid.NewGuid().ToString("N") : null,
        };
        if (_record is null)
        {
            return WaitFor(Client.SendAsync(request, StopToken));
        }

        ApiResponse? answer = null;
        LedgerEntry subject = _record.NewEntry() with { Change = ChangeKind.Call, Detail = $"{method} {path}" };
        _ = WaitFor(
            _record.RunAsync(
                subject,
                async token =>
                {
                    (answer, ExperimentChange sent) = await Client
                        .CallAsync(request, static _ => true, token)
                        .ConfigureAwait(false);
                    return sent;
                },
                StopToken
            )
        );
        return answer!;
    }

    private static byte[] Json(PSObject body) =>
        body.BaseObject is string text
            ? Encoding.UTF8.GetBytes(text)
            : PlainJson.Bytes(ApiObject.ToPlain(body, keepNames: true));

    private void Write(ApiResponse response)
    {
        if (Raw || response.Body.Count == 0)
        {
            WriteRaw(response);
            return;
        }

        WriteObject(ApiObject.ToPowerShell(AnswerReader.ReadPlain(response)), enumerateCollection: true);
    }

    private void WriteRaw(ApiResponse response)
    {
        if (response.Body.Count > 0)
        {
            WriteObject(Encoding.UTF8.GetString(response.Body.Array!, response.Body.Offset, response.Body.Count));
        }
    }

    private void WritePages()
    {
        string path = ApiPath.Relative(Path);
        char separator = path.Contains('?') ? '&' : '?';
        var reader = new PageReader();
        for (int page = 1; page <= MaximumPages && reader.HasMore; page++)
        {
            ApiResponse response = Send("GET", $"{path}{separator}page={page.ToString(CultureInfo.InvariantCulture)}");
            if (reader.Read(response) is not { } items)
            {
                return;
            }

            if (Raw)
            {
                WriteRaw(response);
            }
            else
            {
                WriteObject(items.Select(ApiObject.ToPowerShell), enumerateCollection: true);
            }
        }
    }
}
