using System.Collections;
using System.Management.Automation;
using System.Security;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Sends events (impressions, views, clicks, conversions) to experiments.</summary>
/// <remarks>
/// <para>Events are sent in batches of 100 while input still arrives. One result is emitted for each batch, and an event that the service
/// does not accept is an error whose target is that event. A blank cell of a CSV counts as not given. The endpoint is public: the API key
/// is not sent. It is not safe to send events twice, so a batch whose answer was lost is not sent again: it is an error for each of its
/// events.</para>
/// </remarks>
/// <example>
/// <code>Send-PictifyEvent -Event click -Experiment hero-summer-sale -VariantId control</code>
/// <para>Sends one click.</para>
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

    private readonly List<EventInput> _batch = new(EventRules.MaximumBatchSize);
    private string? _writeKey;

    /// <summary>Events as objects or hashtables with the API's fields: event, experiment, variantId, channel and so on.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByInput)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>What happened: impression, view, click or conversion.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByFields)]
    [ValidateSet(EventRules.Impression, EventRules.View, EventRules.Click, EventRules.Conversion)]
    [Text("Send-PictifyEvent -Event", ReplacesInput = true)]
    public string Event { get; set; } = "";

    /// <summary>The experiment's slug.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByFields)]
    [ArgumentCompleter(typeof(SlugCompleter))]
    [Text("Send-PictifyEvent -Experiment", ReplacesInput = true)]
    public string Experiment { get; set; } = "";

    /// <summary>The id of the variant that the event is about.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [ArgumentCompleter(typeof(VariantIdCompleter))]
    [Text("Send-PictifyEvent -VariantId", ReplacesInput = true)]
    public string? VariantId { get; set; }

    /// <summary>The channel: web, email, ad, in-app, social or other.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [ValidateSet(
        EventRules.Web,
        EventRules.Email,
        EventRules.Ad,
        EventRules.InApp,
        EventRules.Social,
        EventRules.Other
    )]
    [Text("Send-PictifyEvent -Channel", ReplacesInput = true)]
    public string? Channel { get; set; }

    /// <summary>The kind of device: mobile, desktop or tablet.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [ValidateSet(EventRules.Mobile, EventRules.Desktop, EventRules.Tablet)]
    [Text("Send-PictifyEvent -Device", ReplacesInput = true)]
    public string? Device { get; set; }

    /// <summary>The page from which the visitor came.</summary>
    [Parameter(ParameterSetName = ByFields)]
    [Text("Send-PictifyEvent -Referrer", ReplacesInput = true)]
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

    /// <inheritdoc cref="ExperimentChangeCmdlet.Reason"/>
    [Parameter]
    [Text("Send-PictifyEvent -Reason")]
    public string? Reason { get; set; }

    /// <inheritdoc cref="ExperimentChangeCmdlet.Ticket"/>
    [Parameter]
    [Text("Send-PictifyEvent -Ticket")]
    public string? Ticket { get; set; }

    private protected override string Activity => "Sending events";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (SecretAttribute.IsRefused(WriteKey))
        {
            ThrowTerminatingError(ConnectionErrors.PlainTextWriteKey());
        }

        base.BeginProcessing();
        _ = BeginRecord(Current, Reason, Ticket);
        _writeKey = SecretAttribute.Text(WriteKey);
        if (_writeKey?.All(ApiKey.IsAllowed) == false)
        {
            ThrowTerminatingError(InputErrors.InvalidWriteKey());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IEnumerable<object> inputs =
            ParameterSetName == ByFields
                ? [new ExperimentEvent(Event, Experiment, VariantId, Channel, Device, Referrer, Metadata).ToFields()]
                : InputObject;
        foreach (object input in inputs)
        {
            Add(input);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        SendBatch();
        Run.Finish();
        EndRecord();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        var (events, sent) = ((EventBatch, EventBatchResult))result!;
        WriteErrors(events.Errors(sent));
        WriteObject(new PictifyEventResult(events.Count, sent.Processed, sent.Refused.Count, sent.Warning));
    }

    private void Add(object input)
    {
        if (EventInput.Read(input, Current, out ErrorRecord? error) is not { } read)
        {
            Run.SubmitError(error!);
            return;
        }

        _batch.Add(read);
        if (_batch.Count == EventRules.MaximumBatchSize)
        {
            SendBatch();
        }
    }

    /// <summary>Reports a batch's error for each of its events.</summary>
    private protected override void Fail(ErrorRecord error)
    {
        foreach (ErrorRecord one in EventBatch.ErrorsOfEach(error))
        {
            base.Fail(one);
        }
    }

    private void SendBatch()
    {
        if (_batch.Count > 0)
        {
            Run.SubmitRecorded(new EventBatch([.. _batch]).ToChange(Current, Client, Record, _writeKey));
            _batch.Clear();
        }
    }
}
