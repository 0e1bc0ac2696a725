using System.Collections;
using Pictify.Http;
using Pictify.Profiles;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Completion;

/// <summary>The names of this session's connections.</summary>
internal class ConnectionCompleter : Completer
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    ) =>
        NamedConnections
            .All()
            .Select(static one => (one.Name!, (string?)one.ToString()))
            .OrderBy(static one => one.Item1, StringComparer.OrdinalIgnoreCase);
}

/// <summary>The names of this user's profiles.</summary>
internal sealed class ProfileCompleter : Completer
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    ) => Profiles();

    public static IEnumerable<(string Text, string? Name)> Profiles()
    {
        try
        {
            return
            [
                .. UserProfiles
                    .Here()
                    .Read()
                    .Select(static profile => (profile.Name, (string?)$"{profile} {profile.BaseUri} {profile.Key}")),
            ];
        }
        catch (ProfileException)
        {
            // Nothing is completed if the file cannot be read; the command reports why.
            return [];
        }
    }
}

/// <summary>The names of this user's profiles under -Saved, and of this session's connections without it.</summary>
internal sealed class ConnectionOrProfileCompleter : ConnectionCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    ) => line.Bound.Contains("Saved") ? ProfileCompleter.Profiles() : base.Candidates(connection, line);
}
