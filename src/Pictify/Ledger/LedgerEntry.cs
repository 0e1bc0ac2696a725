using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify.Ledger;

/// <summary>What a line of the ledger is about.</summary>
public enum LedgerKind : long
{
    Unknown,

    /// <summary>Written before a request is sent: this is about to be tried.</summary>
    Intent,

    /// <summary>Written once the outcome is known.</summary>
    Outcome,

    /// <summary>Written later, after reading the service, when the outcome had not been known.</summary>
    Settled,

    /// <summary>The line before was cut off while it was written; this one marks it.</summary>
    Torn,

    /// <summary>
    /// The operation ended early: a terminating error, Ctrl+C or a later command in the pipeline stopped it. The line is about no
    /// experiment, so it has no number.
    /// </summary>
    Stopped,
}

/// <summary>
/// One line of the ledger; each line is complete without the others. about_PictifyPS_Ledger explains the fields to those who send
/// them to a log system. Its points in time have setters that are not init-only, because the source generator of System.Text.Json does not read
/// an object in which a property is both ignored and init-only.
/// </summary>
public sealed record LedgerEntry : IListed
{
    /// <summary>The longest text that a field may have, in characters; all fields together may have four times as many.</summary>
    public const int MaximumText = 32 * 1024;

    /// <summary>So that a line stays far below what is read as one.</summary>
    private const int MaximumOfAll = 4 * MaximumText;

    /// <summary>The newest version of the format that this module can read.</summary>
    internal const int NewestVersion = 1;

    /// <summary>The version of the format.</summary>
    [JsonPropertyName("v")]
    [JsonPropertyOrder(-4)]
    public int Version { get; init; } = NewestVersion;

    /// <inheritdoc cref="LinePlace.IsNewer"/>
    internal bool IsNewer => Version > NewestVersion;

    /// <summary>The line's number in the chain, from 1.</summary>
    [JsonPropertyName("seq")]
    [JsonPropertyOrder(-3)]
    public long Sequence { get; init; }

    /// <summary>What the line is about.</summary>
    [JsonPropertyOrder(-2)]
    [JsonConverter(typeof(LedgerWordConverter<LedgerKind>))]
    public LedgerKind Kind { get; init; }

    /// <summary>When it was written, by this machine's clock, in UTC.</summary>
    [JsonIgnore]
    public DateTime Time
    {
        get => Moment.LocalDateTime;
        set => Moment = new DateTimeOffset(value);
    }

    [JsonInclude, JsonPropertyName("time")]
    [JsonPropertyOrder(-1)]
    [JsonConverter(typeof(UtcConverter))]
    internal DateTimeOffset Moment { get; set; }

    /// <summary>The operation: one run of one command. Sorts by time.</summary>
    [JsonPropertyName("op")]
    public string? OperationId { get; init; }

    /// <summary>Which of the operation's experiments, from 1: connects an outcome with its intent.</summary>
    [JsonPropertyName("n")]
    public int? Number { get; init; }

    /// <summary>The command.</summary>
    public string? Command { get; init; }

    /// <summary>What kind of change it is; Unknown in lines of version 0.1.0, which had no such field.</summary>
    [JsonConverter(typeof(LedgerWordConverter<ChangeKind>))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ChangeKind Change { get; init; }

    /// <summary>The experiment's uid; absent before a new experiment has one.</summary>
    public string? Uid { get; init; }

    /// <summary>The experiment's slug, if it is known.</summary>
    public string? Slug { get; init; }

    /// <summary>The experiment's name, if it is known.</summary>
    public string? Name { get; init; }

    /// <summary>The status before, in the API's word, if it is known.</summary>
    [JsonPropertyName("before")]
    public string? BeforeText { get; init; }

    /// <summary>The status that is wanted (intent) or reached (outcome), in the API's word.</summary>
    [JsonPropertyName("after")]
    public string? AfterText { get; init; }

    /// <summary>The outcome; an intent has none yet, and reads as unknown.</summary>
    [JsonConverter(typeof(LedgerWordConverter<ChangeOutcome>))]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ChangeOutcome Outcome { get; init; }

    /// <summary>The id of the error, if there was one.</summary>
    public string? Error { get; init; }

    /// <summary>Further details of the change: the fields that were set, the winner, the request.</summary>
    public string? Detail { get; init; }

    /// <summary>Why, in the words of the person who ran it.</summary>
    public string? Reason { get; init; }

    /// <summary>Where the change is requested or explained.</summary>
    public string? Ticket { get; init; }

    /// <summary>When the pause is to end.</summary>
    [JsonIgnore]
    public DateTime? Until
    {
        get => LocalTime.Of(UntilMoment);
        set => UntilMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("until")]
    internal DateTimeOffset? UntilMoment { get; set; }

    /// <summary>The operation that this one undoes; several ids have a space between them.</summary>
    public string? Undoes { get; init; }

    /// <summary>When the service last changed the experiment, by the service's clock, as it was seen with this outcome.</summary>
    [JsonIgnore]
    public DateTime? UpdatedAt
    {
        get => LocalTime.Of(UpdatedAtMoment);
        set => UpdatedAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("updatedAt")]
    internal DateTimeOffset? UpdatedAtMoment { get; set; }

    /// <summary>
    /// Of an outcome that is not known: when the first request was sent that may have arrived, by this machine's clock.
    /// </summary>
    [JsonIgnore]
    public DateTime? SentFrom
    {
        get => LocalTime.Of(SentFromMoment);
        set => SentFromMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("sentFrom")]
    internal DateTimeOffset? SentFromMoment { get; set; }

    /// <summary>Of an outcome that is not known: when the last such request ended, by this machine's clock.</summary>
    [JsonIgnore]
    public DateTime? SentTo
    {
        get => LocalTime.Of(SentToMoment);
        set => SentToMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("sentTo")]
    internal DateTimeOffset? SentToMoment { get; set; }

    /// <summary>
    /// Of an intent: how long its request may take, in milliseconds: the connection's time limit. If the process ended before an outcome
    /// was written, a change of the service after that time is not counted as this one.
    /// </summary>
    [JsonPropertyName("limitMs")]
    public long? LimitMilliseconds { get; init; }

    /// <summary>Who, by the name in the operating system.</summary>
    public string? User { get; init; }

    /// <summary>On which machine.</summary>
    public string? Host { get; init; }

    /// <summary>The process's name.</summary>
    public string? Process { get; init; }

    /// <summary>The process's id.</summary>
    [JsonPropertyName("pid")]
    public int? ProcessId { get; init; }

    /// <summary>The service's address.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>The first eight hex digits of the key's SHA-256, or the sandbox's name. Never the key.</summary>
    public string? Key { get; init; }

    /// <summary>The server's clock less this machine's, in milliseconds, if the server's is known.</summary>
    [JsonPropertyName("skewMs")]
    public long? SkewMilliseconds { get; init; }

    /// <summary>Of a torn line: how many bytes it has.</summary>
    public long? Bytes { get; init; }

    /// <summary>Of a torn line: their SHA-256.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The hash of the line before.</summary>
    [JsonPropertyName("prev")]
    public string? Previous { get; init; }

    /// <summary>The SHA-256 of everything before it in the line.</summary>
    public string? Hash { get; init; }

    /// <summary>The status before.</summary>
    [JsonIgnore]
    public ExperimentStatus Before => ApiName.Parse<ExperimentStatus>(BeforeText);

    /// <summary>The status that is wanted or reached.</summary>
    [JsonIgnore]
    public ExperimentStatus After => ApiName.Parse<ExperimentStatus>(AfterText);

    /// <summary>Refuses a text that is too long for a line.</summary>
    /// <exception cref="ArgumentException">The message names the field.</exception>
    internal void CheckLengths()
    {
        long all = 0;
        foreach ((string field, string? text) in Texts())
        {
            int length = text?.Length ?? 0;
            all += length;
            if (length > MaximumText)
            {
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"The {field} has {length} characters, and an entry of the ledger may have {MaximumText}. Shorten it."
                    )
                );
            }
        }

        if (all > MaximumOfAll)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"The texts have {all} characters together, and an entry of the ledger may have {MaximumOfAll}. Shorten them."
                )
            );
        }
    }

    private (string Field, string? Text)[] Texts() =>
        [
            ("operation's id", OperationId),
            ("command", Command),
            ("uid", Uid),
            ("slug", Slug),
            ("name", Name),
            ("status before", BeforeText),
            ("status after", AfterText),
            ("error", Error),
            ("detail", Detail),
            ("reason", Reason),
            ("ticket", Ticket),
            ("list of operations that it undoes", Undoes),
            ("user", User),
            ("host", Host),
            ("process", Process),
            ("address", BaseUrl),
            ("key", Key),
            ("hash of a line", Sha256),
        ];

    /// <summary>Reads as <c>'Hero Summer Sale' (exp_1)</c>.</summary>
    public override string ToString() =>
        Name is null
            ? SafeText.Clean(Uid ?? Slug ?? Detail ?? OperationId)
            : $"'{SafeText.Clean(Name)}' ({SafeText.Clean(Uid ?? Slug)})";

    /// <summary>Reads as <c>'Hero Summer Sale' (exp_1): Changed</c>.</summary>
    string IListed.InList => $"{this}: {Outcome}";

    /// <summary>What kind of change it is; by its statuses if the line has no such field, as in version 0.1.0.</summary>
    internal ChangeKind KindOfChange =>
        Change != ChangeKind.Unknown ? Change
        : Outcome == ChangeOutcome.Changed && Before == After ? ChangeKind.Edit
        : After.AfterRendering() switch
        {
            ExperimentStatus.Paused => ChangeKind.Pause,
            ExperimentStatus.Running => Before == ExperimentStatus.Draft ? ChangeKind.Start : ChangeKind.Resume,
            ExperimentStatus.Completed => ChangeKind.Complete,
            ExperimentStatus.Draft => ChangeKind.Create,
            ExperimentStatus.Archived => ChangeKind.Remove,
            _ => ChangeKind.Unknown,
        };
}
