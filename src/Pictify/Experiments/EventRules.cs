namespace Pictify;

/// <summary>The API's names of an event's fields.</summary>
internal static class EventFields
{
    public const string Event = "event";
    public const string Experiment = "experiment";
    public const string VariantId = "variantId";
    public const string Channel = "channel";
    public const string Device = "device";
    public const string Source = "source";
    public const string Referrer = "referrer";
    public const string Metadata = "metadata";
    public const string WriteKey = "writeKey";
}

/// <summary>
/// The service's rules for visitors' events. Source: the events section of Pictify's public reference.
/// </summary>
internal static class EventRules
{
    /// <summary>The most events in one request.</summary>
    public const int MaximumBatchSize = 100;

    public const int MaximumMetadataBytes = 10 * 1024;
    public const int MaximumMetadataDepth = 3;

    public const string Impression = "impression";
    public const string View = "view";
    public const string Click = "click";
    public const string Conversion = "conversion";

    public const string Web = "web";
    public const string Email = "email";
    public const string Ad = "ad";
    public const string InApp = "in-app";
    public const string Social = "social";
    public const string Other = "other";

    public const string Mobile = "mobile";
    public const string Desktop = "desktop";
    public const string Tablet = "tablet";

    /// <summary>The source of events that do not come from a visitor's page.</summary>
    public const string ApiSource = "api";

    private static readonly string[] _names = [Impression, View, Click, Conversion];

    /// <summary>The fields that have a fixed set of values.</summary>
    private static readonly (string Field, string[] Words)[] _words =
    [
        (EventFields.Channel, [Web, Email, Ad, InApp, Social, Other]),
        (EventFields.Device, [Mobile, Desktop, Tablet]),
        (EventFields.Source, ["sdk", ApiSource]),
    ];

    /// <summary>The rule that the event's fields, by themselves, break; null if they break none.</summary>
    public static string? GetProblem(IReadOnlyDictionary<string, object?>? fields)
    {
        if (fields is null)
        {
            return "an event must be an object";
        }

        object? Get(string name) => fields.TryGetValue(name, out object? value) ? value : null;
        if (!_names.Contains(Get(EventFields.Event) as string))
        {
            return $"{EventFields.Event} must be one of {string.Join(", ", _names)}";
        }

        if (Get(EventFields.Experiment) is not string { Length: > 0 and <= ExperimentRules.MaximumSlugLength })
        {
            return $"{EventFields.Experiment} must be a slug of {ExperimentRules.MaximumSlugLength} characters at most";
        }

        foreach ((string field, string[] words) in _words)
        {
            if (Get(field) is { } word && !words.Contains(word as string))
            {
                return $"{field} must be one of {string.Join(", ", words)}";
            }
        }

        foreach (string field in new[] { EventFields.VariantId, EventFields.Referrer })
        {
            if (Get(field) is not (null or string))
            {
                return $"{field} must be a text";
            }
        }

        return GetMetadataProblem(Get(EventFields.Metadata));
    }

    private static string? GetMetadataProblem(object? value) =>
        value switch
        {
            null => null,
            IDictionary<string, object?> metadata when Depth(metadata) > MaximumMetadataDepth =>
                $"{EventFields.Metadata} must be nested {MaximumMetadataDepth} deep at most",
            IDictionary<string, object?> metadata when PlainJson.Bytes(metadata).Length > MaximumMetadataBytes =>
                $"{EventFields.Metadata} must be {MaximumMetadataBytes} bytes at most",
            IDictionary<string, object?> => null,
            _ => $"{EventFields.Metadata} must be an object",
        };

    /// <summary>How deep plain values are nested: 1 for an object or list of values that are neither.</summary>
    private static int Depth(object? value) =>
        value switch
        {
            IDictionary<string, object?> fields => 1 + fields.Values.Select(Depth).DefaultIfEmpty().Max(),
            List<object?> items => 1 + items.Select(Depth).DefaultIfEmpty().Max(),
            _ => 0,
        };
}
