using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>When a scheduled variant is served.</summary>
public sealed record Schedule
{
    /// <summary>The time from which it is served.</summary>
    [JsonIgnore]
    public DateTime? StartAt
    {
        get => LocalTime.Of(StartAtMoment);
        set => StartAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("startAt")]
    internal DateTimeOffset? StartAtMoment { get; set; }

    /// <summary>The time until which it is served.</summary>
    [JsonIgnore]
    public DateTime? EndAt
    {
        get => LocalTime.Of(EndAtMoment);
        set => EndAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("endAt")]
    internal DateTimeOffset? EndAtMoment { get; set; }

    /// <summary>How the period repeats.</summary>
    public Recurrence? Recurrence { get; set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Reads as <c>from 2026-11-27 08:00:00Z until 2026-11-30 08:00:00Z daily</c>.</summary>
    public override string ToString() =>
        string.Join(
            " ",
            new[]
            {
                StartAt is { } start ? FormattableString.Invariant($"from {start:u}") : null,
                EndAt is { } end ? FormattableString.Invariant($"until {end:u}") : null,
                Recurrence?.ToString(),
            }.Where(static part => !string.IsNullOrEmpty(part))
        );
}

/// <summary>How a schedule repeats.</summary>
public sealed record Recurrence
{
    /// <summary>None, daily, weekly or by a cron expression.</summary>
    [JsonIgnore]
    public RecurrenceType Type => ApiName.Parse<RecurrenceType>(TypeText);

    /// <summary>The service's own word for <see cref="Type"/>.</summary>
    [JsonPropertyName("type")]
    public string? TypeText { get; set; }

    /// <summary>The cron expression, for <c>cron</c>.</summary>
    public string? CronExpression { get; set; }

    /// <summary>An IANA name such as <c>Europe/Amsterdam</c>; the service's default is UTC.</summary>
    public string? Timezone { get; set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Reads as <c>cron 0 8 * * 1 Europe/Amsterdam</c>.</summary>
    public override string ToString() =>
        SafeText.Clean(
            string.Join(
                " ",
                new[] { TypeText, CronExpression, Timezone }.Where(static part => !string.IsNullOrEmpty(part))
            )
        );
}
