using System.Collections;
using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Statistics;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Selection;

/// <summary>The experiment that an input refers to, and what is known about it.</summary>
/// <param name="Uid">Its uid, valid for a request.</param>
/// <param name="Name">Its name, if the input has one: for prompts and messages.</param>
/// <param name="LastRead">The experiment as it was read, if the input is one.</param>
/// <param name="Input">The input: the target of errors.</param>
internal sealed record ExperimentIdentity(string Uid, string? Name, Experiment? LastRead, object? Input)
{
    /// <summary>The leading variant, if the input is a measurement.</summary>
    public string? LeaderId { get; init; }

    /// <summary>Reads as <c>'Hero Summer Sale' (exp_1)</c>.</summary>
    public override string ToString() =>
        string.IsNullOrEmpty(Name) ? Uid : $"'{SafeText.Clean(Name, SafeText.LongestName)}' ({Uid})";

    /// <summary>
    /// An experiment, anything with a Uid (a row of a CSV, a deserialized object, a hashtable), or a plain string that
    /// is a uid. Anything else is an error, and nothing is sent for it.
    /// </summary>
    public static ExperimentIdentity? Resolve(object? input, PictifyConnection connection, out ErrorRecord? error)
    {
        error = null;
        object? value = input is PSObject wrapped ? wrapped.BaseObject : input;
        if (value is ExperimentMeasurement { Source: { } source } measured)
        {
            // A measurement belongs to the connection through which its experiment was read; one from elsewhere may be out of date.
            return Resolve(source, connection, out error) is { } identity
                ? identity with
                {
                    LastRead = source.Origin is null ? null : source,
                    Input = measured,
                    LeaderId = measured.LeaderId,
                }
                : null;
        }

        if (value is PictifyPause { Source: { } paused } pause)
        {
            return Resolve(paused, connection, out error) is { } identity ? identity with { Input = pause } : null;
        }

        string? uid;
        string? name = null;
        Experiment? lastRead = null;
        switch (value)
        {
            case Experiment experiment:
                (uid, name, lastRead) = (experiment.Uid, experiment.Name, experiment);
                break;
            case string text:
                uid = text;
                break;
            default:
                error = ReadObject(input, value, out uid, out name, out lastRead);
                if (error is not null)
                {
                    return null;
                }

                break;
        }

        error =
            OtherConnection(value as Experiment, connection)
            ?? UnusableUid(uid, input, value, connection)
            ?? OtherConnection(value as LedgerEntry, connection);
        return error is not null
            ? null
            : new ExperimentIdentity(uid!, name, lastRead, value)
            {
                LeaderId = value is Experiment or string
                    ? null
                    : Read(input, value, nameof(ExperimentMeasurement.LeaderId)),
            };
    }

    private static ErrorRecord? ReadObject(
        object? input,
        object? value,
        out string? uid,
        out string? name,
        out Experiment? lastRead
    )
    {
        (uid, name, lastRead) = (null, null, null);
        try
        {
            uid = Read(input, value, nameof(Experiment.Uid));
            name = Read(input, value, nameof(Experiment.Name));
        }
        catch (Exception exception) when (exception is not (PipelineStoppedException or OutOfMemoryException))
        {
            // A user's own object, whose code may fail in any way: only this input is an error.
            return InputErrors.Unreadable(value!, exception);
        }

        lastRead = input is PSObject wrapped ? ApiObject.Revive(wrapped) : null;
        if (lastRead is not null)
        {
            // Its state when it was serialized does not show its present state.
            lastRead.StatusText = null;
        }

        return null;
    }

    private static ErrorRecord? OtherConnection(Experiment? read, PictifyConnection connection) =>
        read?.Origin is { } origin && origin != connection.Origin
            ? ConnectionErrors.OtherConnection(read, connection, NamedConnections.Of(origin))
            : null;

    private static ErrorRecord? OtherConnection(LedgerEntry? recorded, PictifyConnection connection)
    {
        if (recorded is null)
        {
            return null;
        }

        PictifyConnection? other = NamedConnections.Other(connection, recorded.BaseUrl, recorded.Key);
        return other is not null || SandboxGuard.Refuses(connection, recorded)
            ? ConnectionErrors.OtherConnection(recorded, connection, other)
            : null;
    }

    /// <summary>The error for a uid that is missing, is invalid, or is one of a sandbox on a connection to the service.</summary>
    private static ErrorRecord? UnusableUid(string? uid, object? input, object? value, PictifyConnection connection)
    {
        if (uid is null)
        {
            return InputErrors.NoUid(value, Columns.Of(input)?.Advice(nameof(Experiment.Uid)));
        }

        if (ExperimentRules.GetUidProblem(uid) is { } why)
        {
            return InputErrors.InvalidUid(uid, why, value, Columns.OfText(uid)?.Advice(nameof(Experiment.Uid)));
        }

        return SandboxGuard.Refuses(connection, uid) ? ConnectionErrors.SandboxUid(uid, connection, value) : null;
    }

    /// <summary>A text that the input has as a field or a property; null if it has none.</summary>
    private static string? Read(object? input, object? value, string property)
    {
        object? found = null;
        if (value is IDictionary fields)
        {
            foreach (object key in fields.Keys)
            {
                if (string.Equals(key as string, property, StringComparison.OrdinalIgnoreCase))
                {
                    found = fields[key];
                }
            }
        }
        else if (input is not null)
        {
            found = PSObject.AsPSObject(input).Properties[property]?.Value;
        }

        return (found is PSObject wrapped ? wrapped.BaseObject : found) as string;
    }
}
