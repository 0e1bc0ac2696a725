using System.Collections;

namespace Pictify;

/// <summary>One visitor's event, and its fields by the API's names.</summary>
/// <param name="Event">What happened, such as <see cref="EventRules.Click"/>.</param>
/// <param name="Experiment">The experiment's slug.</param>
/// <param name="VariantId">The variant that the event is about.</param>
/// <param name="Channel">The channel, such as <see cref="EventRules.Web"/>.</param>
/// <param name="Device">The kind of device, such as <see cref="EventRules.Mobile"/>.</param>
/// <param name="Referrer">The page from which the visitor came.</param>
/// <param name="Metadata">Anything else.</param>
internal sealed record ExperimentEvent(
    string Event,
    string Experiment,
    string? VariantId,
    string? Channel,
    string? Device,
    string? Referrer,
    IDictionary? Metadata
)
{
    /// <summary>The slug in an event's fields, whatever its type is.</summary>
    /// <param name="fields">The fields, by the API's names.</param>
    /// <param name="experiment">The slug; null if it is missing.</param>
    /// <returns>False if a required field is missing.</returns>
    public static bool TryGetExperiment(IReadOnlyDictionary<string, object?> fields, out object? experiment)
    {
        experiment = null;
        return fields.ContainsKey(EventFields.Event) && fields.TryGetValue(EventFields.Experiment, out experiment);
    }

    /// <summary>The fields that are given, by the API's names.</summary>
    public Hashtable ToFields()
    {
        var fields = new Hashtable
        {
            [EventFields.Event] = Event,
            [EventFields.Experiment] = Experiment,
            [EventFields.Source] = EventRules.ApiSource,
        };
        foreach (
            (string name, object? value) in new (string, object?)[]
            {
                (EventFields.VariantId, VariantId),
                (EventFields.Channel, Channel),
                (EventFields.Device, Device),
                (EventFields.Referrer, Referrer),
                (EventFields.Metadata, Metadata),
            }
        )
        {
            if (value is not null)
            {
                fields[name] = value;
            }
        }

        return fields;
    }
}
