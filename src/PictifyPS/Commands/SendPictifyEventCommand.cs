using System.Collections;
using System.Management.Automation;
using System.Net.Http;
using System.Security;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Sends events (impressions, views, clicks, conversions) to experiments.</summary>
/// <remarks>
/// <para>Events go out in batches of 100 while input still arrives; one result is emitted for each batch, and an event that the
/// service does not take is an error whose target is that event. A blank cell of a CSV is not given. The endpoint is public: the API key is not sent. Events
/// cannot be sent twice safely, so a batch whose answer was lost is an error for each of its events and is not sent
/// again.</para>
/// </remarks>
/// <example>
/// <code>Send-PictifyEvent -Event click -Experiment hero-summer-sale -VariantId control</code>
/// <para>Counts one click.</para>
/// </example>
/// <example>
/// <code>Import-Csv ./events.csv | Send-PictifyEvent -WriteKey (Get-Secret PictifyWriteKey)</code>
/// <para>Sends the rows of a file, with columns event, experiment, variantId and so on.</para>
/// </example>
/// <seealso cref="SavePictifyExperimentImageCommand"/>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso cref="StepPictifySandboxCommand"/>
[Cmdlet(VerbsCommunications.Send, "PictifyEvent", DefaultParameterSetName = ByFields, SupportsShouldProcess = true)]
[OutputType(typeof(PictifyEventResult))]
public sealed class SendPictifyEventCommand : BulkCmdlet
{
    private const string ByFields = "Fields";
    private const string ByInput = "InputObject";
    private const int BatchSize = 100;

    private readonly List<(object Input, object? Plain)> _batch = new(BatchSize);
    private string? _writeKey;
    private OperationRun _record = null!;

    /// <summary>Events as objects or hashtables with the API's fields: event, experiment, variantId, channel and so on.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByInput)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>What happened: impression, view, click or conversion.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByFields)]
    [ValidateSet("impression", "view", "click", "conversion")]
    [Text("Send-PictifyEvent -Event")]
    public string Event { get; set; } = "";

    /// <summary>The experiment's slug.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByFields)]
    [ArgumentCompleter(typeof(SlugCompleter))]
    [Text("Send-PictifyEvent -Experiment")]
    public string Experiment { get; set; } = "";

    /// <summary>The variant that it happened to.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [ArgumentCompleter(typeof(VariantIdCompleter))]
    [Text("Send-PictifyEvent -VariantId")]
    public string? VariantId { get; set; }

    /// <summary>Where: web, email, ad, in-app, social or other.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [ValidateSet("web", "email", "ad", "in-app", "social", "other")]
    [Text("Send-PictifyEvent -Channel")]
    public string? Channel { get; set; }

    /// <summary>On what: mobile, desktop or tablet.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [ValidateSet("mobile", "desktop", "tablet")]
    [Text("Send-PictifyEvent -Device")]
    public string? Device { get; set; }

    /// <summary>The page that led there.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [Text("Send-PictifyEvent -Referrer")]
    public string? Referrer { get; set; }

    /// <summary>Anything else, 10 KB and three levels at most: a hashtable, an object with properties, or JSON.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [ApiObject(typeof(IDictionary))]
    public IDictionary? Metadata { get; set; }

    /// <summary>The write key, sent as X-Write-Key; without it the service accepts events with a warning.</summary>
    [Parameter]
    [Secret]
    [ValidateNotNull]
    public SecureString? WriteKey { get; set; }

    /// <summary>Why, for the ledger. A connection that was made with -RequireReason refuses changes without one.</summary>
    [Parameter]
    [Text("Send-PictifyEvent -Reason")]
    public string? Reason { get; set; }

    /// <summary>The ticket that asks for it or explains it, for the ledger.</summary>
    [Parameter]
    [Text("Send-PictifyEvent -Ticket")]
    public string? Ticket { get; set; }

    private protected override string Activity => "Sending events";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (SecretAttribute.IsRefused(WriteKey))
        {
            ThrowTerminatingError(
                Errors.PlainTextSecret(
                    "the write key",
                    "'-WriteKey (Read-Host \"Write key\" -AsSecureString)' asks for it, and a vault's Get-Secret gives one."
                )
            );
        }

        base.BeginProcessing();
        _record = BeginRecord(Reason, Ticket);
        _writeKey = WriteKey is null ? null : new PSCredential("key", WriteKey).GetNetworkCredential().Password;
        if (_writeKey?.Any(static c => c is <= ' ' or > '~') == true)
        {
            ThrowTerminatingError(
                Errors.InvalidCall("The write key holds a space, a line break or a character outside ASCII.")
            );
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByFields)
        {
            var fields = new Hashtable
            {
                ["event"] = Event,
                ["experiment"] = Experiment,
                ["source"] = "api",
            };
            foreach (
                (string name, object? value) in new (string, object?)[]
                {
                    ("variantId", VariantId),
                    ("channel", Channel),
                    ("device", Device),
                    ("referrer", Referrer),
                    ("metadata", Metadata),
                }
            )
            {
                if (value is not null)
                {
                    fields[name] = value;
                }
            }

            Take(fields);
            return;
        }

        foreach (PSObject input in InputObject)
        {
            Take(input);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        SendBatch();
        Finish();
        EndRecord();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        var batch = (BatchResult)result!;
        foreach ((object input, string message) in batch.Refused)
        {
            WriteError(Errors.EventRefused(input, message));
        }

        WriteObject(batch.Result);
    }

    private void Take(object input)
    {
        Dictionary<string, object?>? plain;
        try
        {
            plain = ApiObject.ToPlain(input) as Dictionary<string, object?>;
        }
        catch (FormatException exception)
        {
            SubmitError(Errors.NotJson(input, exception));
            return;
        }

        foreach (string blank in plain?.Where(IsNotGiven).Select(static field => field.Key).ToArray() ?? [])
        {
            plain!.Remove(blank);
        }

        object? experiment = null;
        if (plain?.ContainsKey("event") != true || !plain.TryGetValue("experiment", out experiment))
        {
            SubmitError(Errors.Invalid("event", [new FieldError("event", "is required, and so is experiment")], input));
            return;
        }

        if (experiment is string named && SandboxGuard.Refuses(Current, named))
        {
            SubmitError(Errors.SandboxUid(named, Current, input));
            return;
        }

        _batch.Add((input, plain));
        if (_batch.Count == BatchSize)
        {
            SendBatch();
        }
    }

    private static bool IsNotGiven(KeyValuePair<string, object?> field) => BlankIsNullAttribute.IsBlank(field.Value);

    /// <summary>What fails for a batch fails for each of its events.</summary>
    private protected override void Fail(ErrorRecord error)
    {
        if (error.TargetObject is not object[] events)
        {
            base.Fail(error);
            return;
        }

        foreach (object input in events)
        {
            base.Fail(Errors.For(input, error));
        }
    }

    private void SendBatch()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        (object Input, object? Plain)[] events = [.. _batch];
        _batch.Clear();
        if (ShouldProcess($"{events.Length} events to {Current}", $"Send{Because(Reason, Ticket)}"))
        {
            // One entry for a batch; it bears a slug where all its events are one experiment's.
            object?[] slugs =
            [
                .. events.Select(static e => (e.Plain as IDictionary<string, object?>)?["experiment"]).Distinct(),
            ];
            LedgerEntry subject = _record.NewEntry() with
            {
                Change = ChangeKind.Event,
                Slug = slugs is [string slug] ? slug : null,
                Detail = $"{events.Length} events",
            };
            Submit(
                events.Length == 1 ? events[0].Input : events.Select(static e => e.Input).ToArray(),
                $"Batch of {events.Length} events",
                cancellationToken => SendAsync(subject, events, cancellationToken),
                errorId => _record.NotStartedAsync(subject, errorId)
            );
        }
    }

    private async Task<object?> SendAsync(
        LedgerEntry subject,
        (object Input, object? Plain)[] events,
        CancellationToken cancellationToken
    )
    {
        var request = new ApiRequest(RequestKind.Event, HttpMethod.Post, "s/events")
        {
            Authenticated = false,
            Body = PlainJson.Bytes(events.Select(static e => e.Plain).ToList()),
            Headers = _writeKey is null ? null : new Dictionary<string, string> { ["X-Write-Key"] = _writeKey },
            Secrets =
            [
                .. events
                    .Select(static e =>
                        (e.Plain as IDictionary<string, object?>)?.TryGetValue("writeKey", out object? key) == true
                            ? key as string
                            : null
                    )
                    .Append(_writeKey)
                    .OfType<string>()
                    .Distinct(),
            ],
        };
        BatchResult? batch = null;
        ExperimentChange change = await _record
            .RunAsync(
                subject,
                async token =>
                {
                    (ApiResponse? response, ExperimentChange sent) = await Client
                        .CallAsync(
                            request,
                            static answer => PictifyClient.ParsePlain(answer) is IDictionary<string, object?>,
                            token
                        )
                        .ConfigureAwait(false);
                    if (response is null)
                    {
                        return sent;
                    }

                    batch = Read((IDictionary<string, object?>)PictifyClient.ParsePlain(response)!, events);
                    return sent with { Detail = $"{batch.Result.Processed} of {subject.Detail}" };
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        _ = change.EnsureDone();
        return batch;
    }

    private static BatchResult Read(IDictionary<string, object?> body, (object Input, object? Plain)[] events)
    {
        var refused = new List<(object, string)>();
        foreach (
            object? item in body.TryGetValue("errors", out object? errors) && errors is List<object?> list ? list : []
        )
        {
            if (
                item is IDictionary<string, object?> error
                && error.TryGetValue("index", out object? at)
                && at is long index
                && index >= 0
                && index < events.Length
            )
            {
                refused.Add(
                    (
                        events[index].Input,
                        SafeText.OneLine(error.TryGetValue("error", out object? said) ? $"{said}" : null, 200) ?? ""
                    )
                );
            }
        }

        long processed =
            body.TryGetValue("processed", out object? count) && count is long number
                ? number
                : events.Length - refused.Count;
        string? warning = SafeText.OneLine(body.TryGetValue("warning", out object? text) ? text as string : null, 200);
        return new BatchResult(new PictifyEventResult(events.Length, (int)processed, refused.Count, warning), refused);
    }

    private sealed record BatchResult(PictifyEventResult Result, IReadOnlyList<(object Input, string Message)> Refused);
}
