using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Runtime.CompilerServices;
using System.Text;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Profiles;

namespace PictifyPS.Pipeline;

/// <summary>
/// What Tab knows of experiments: those that commands met, and where no command listed them lately, those of one quick
/// call. It never waits longer than for <see cref="_firstDeadline"/>, and never fails: a prompt must not hang on a key.
/// </summary>
internal static class CompletionCache
{
    private static readonly TimeSpan _deadline = TimeSpan.FromMilliseconds(200);

    /// <summary>Where nothing is known yet: the first request of a process has to load what sends it.</summary>
    private static readonly TimeSpan _firstDeadline = TimeSpan.FromMilliseconds(600);

    private const int Capacity = 1000;
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(2);

    /// <summary>After a call that failed: not again at each key.</summary>
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(10);

    private static readonly ConditionalWeakTable<PictifyConnection, Cache> _caches = new();

    /// <summary>Keeps what a command met.</summary>
    public static void Remember(PictifyConnection connection, Experiment experiment) => Of(connection).Add(experiment);

    /// <summary>Keeps a page of a list.</summary>
    /// <param name="connection">Whose experiments they are.</param>
    /// <param name="page">The experiments.</param>
    /// <param name="isListing">True where the quick call would have read the same, and so need not be made for a while.</param>
    public static void Remember(PictifyConnection connection, IReadOnlyList<Experiment> page, bool isListing) =>
        Of(connection).Add(page, isListing);

    /// <summary>Drops what is gone.</summary>
    public static void Forget(PictifyConnection connection, string uid) => Of(connection).Remove(uid);

    /// <summary>What is known; asks the service first where nobody did lately.</summary>
    public static IReadOnlyCollection<Entry> Known(PictifyConnection? connection)
    {
        if (connection is null || connection.IsClosed)
        {
            return [];
        }

        Cache cache = Of(connection);
        if (cache.IsOld)
        {
            Task refresh = cache.RefreshAsync();
            try
            {
                refresh.Wait(cache.Entries.Count == 0 ? _firstDeadline : _deadline);
            }
            catch (AggregateException)
            {
                // No answer is no reason to disturb a prompt: what is known has to do.
            }
        }

        return cache.Entries;
    }

    private static Cache Of(PictifyConnection connection) => _caches.GetValue(connection, static key => new Cache(key));

    private static async Task<IReadOnlyList<Experiment>> ReadAsync(PictifyConnection connection)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var query = new ExperimentQuery { Prefetch = false };
        await foreach (
            ExperimentPage page in new PictifyClient(connection).ListAsync(query, limit.Token).ConfigureAwait(false)
        )
        {
            return page.Experiments;
        }

        return [];
    }

    public sealed record Entry(string Uid, string? Name, string? Slug, ExperimentStatus Status, string[] VariantIds)
    {
        public static Entry From(Experiment experiment) =>
            new(
                experiment.Uid,
                experiment.Name,
                experiment.Slug,
                experiment.Status,
                [.. experiment.Variants.Select(static variant => variant.Id)]
            );
    }

    private sealed class Cache(PictifyConnection connection)
    {
        private readonly object _sync = new();
        private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
        private DateTimeOffset _askAt;
        private Task? _refresh;

        public IReadOnlyCollection<Entry> Entries
        {
            get
            {
                lock (_sync)
                {
                    return [.. _entries.Values];
                }
            }
        }

        public bool IsOld
        {
            get
            {
                lock (_sync)
                {
                    return connection.Now >= _askAt;
                }
            }
        }

        public void Add(Experiment experiment)
        {
            lock (_sync)
            {
                bool isKnown = _entries.ContainsKey(experiment.Uid);
                if (experiment.Uid.Length > 0 && (_entries.Count < Capacity || isKnown))
                {
                    _entries[experiment.Uid] = Entry.From(experiment);
                }
            }
        }

        public void Add(IReadOnlyList<Experiment> page, bool isListing)
        {
            lock (_sync)
            {
                foreach (Experiment experiment in page)
                {
                    Add(experiment);
                }

                if (isListing)
                {
                    AskAfter(_lifetime);
                }
            }
        }

        public void Remove(string uid)
        {
            lock (_sync)
            {
                _entries.Remove(uid);
            }
        }

        private void AskAfter(TimeSpan wait)
        {
            lock (_sync)
            {
                _askAt = connection.Now + wait;
            }
        }

        /// <summary>One refresh at a time; a slow one goes on, for the next Tab.</summary>
        public Task RefreshAsync()
        {
            lock (_sync)
            {
                return _refresh is { IsCompleted: false } running ? running : _refresh = Task.Run(FillAsync);
            }
        }

        private async Task FillAsync()
        {
            try
            {
                Add(await ReadAsync(connection).ConfigureAwait(false), isListing: true);
            }
            catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
            {
                AskAfter(_rest);
            }
        }
    }
}

/// <summary>Completes an argument; never fails, since a prompt must not break on a key.</summary>
internal abstract class Completer : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    )
    {
        try
        {
            string typed = Typed(wordToComplete ?? "");
            var line = new TypedLine(commandName ?? "", commandAst, fakeBoundParameters);
            return
            [
                .. Candidates(Connection(line.Bound), line)
                    .Where(candidate =>
                        Begins(candidate.Text, typed)
                        || Begins(candidate.Name, typed)
                        || Begins(NamePattern.Exactly(candidate.Text), typed)
                    )
                    .Select(candidate =>
                    {
                        string tip = SafeText.Clean(candidate.Name ?? candidate.Text, SafeText.LongestName);
                        return new CompletionResult(
                            Quote(Meaning(candidate.Text)),
                            candidate.Text.Length == 0 ? " " : SafeText.Clean(candidate.Text, SafeText.LongestName),
                            CompletionResultType.ParameterValue,
                            tip.Length == 0 ? " " : tip
                        );
                    }),
            ];
        }
        catch (Exception exception)
            when (exception is PictifyException or InvalidOperationException or ArgumentException or LedgerException)
        {
            return [];
        }
    }

    /// <summary>The texts that fit the parameter, each with what to show beside it.</summary>
    protected abstract IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    );

    /// <summary>The connection on the line, itself or by its name; where that is unknown, there is none. Else the session's.</summary>
    private static PictifyConnection? Connection(IDictionary bound) =>
        ApiObject.Unwrap(bound["Connection"]) switch
        {
            PictifyConnection connection => connection,
            string name => NamedConnections.Find(name),
            _ => DefaultConnection.ForCompletion(),
        };

    /// <summary>What a parameter has to be given for exactly this text.</summary>
    protected virtual string Meaning(string text) => text;

    private static bool Begins(string? text, string typed) =>
        text?.StartsWith(typed, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>What was typed, without the quotes that it may begin and end with; PowerShell knows several of each.</summary>
    private static string Typed(string word)
    {
        if (word.Length == 0 || (!IsSingleQuote(word[0]) && !IsDoubleQuote(word[0])))
        {
            return word;
        }

        bool isClosed =
            word.Length > 1 && (IsSingleQuote(word[word.Length - 1]) || IsDoubleQuote(word[word.Length - 1]));
        string inner = word.Substring(1, word.Length - (isClosed ? 2 : 1));
        return IsSingleQuote(word[0]) ? inner.Replace("''", "'") : inner;
    }

    /// <summary>
    /// The text as an argument. Whatever it holds, PowerShell reads it as that text: a name may be anybody's, and what Tab puts
    /// on the line is run by Enter. A word stands bare only where it can be nothing but text.
    /// </summary>
    private static string Quote(string text)
    {
        bool isWord =
            text.Length > 0
            && (char.IsLetter(text[0]) || text[0] == '_')
            && text.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-');
        return isWord ? text
            : SafeText.Clean(text) == text ? $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'"
            : QuoteUnsafe(text);
    }

    /// <summary>A text with characters that a terminal would obey: they are named by their numbers.</summary>
    private static string QuoteUnsafe(string text)
    {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (!SafeText.IsSafe(text, i) || IsDoubleQuote(c) || c is '`' or '$')
            {
                quoted.Append("$([char]").Append(((int)c).ToString(CultureInfo.InvariantCulture)).Append(')');
            }
            else
            {
                quoted.Append(c);
            }
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsSingleQuote(char c) => c is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B';

    private static bool IsDoubleQuote(char c) => c is '"' or '\u201C' or '\u201D' or '\u201E';
}

/// <summary>Completes an argument from what is known of experiments.</summary>
internal abstract class ExperimentCompleter : Completer
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    ) => Candidates(CompletionCache.Known(connection), line);

    /// <summary>The texts that fit the parameter, with the experiment's name to show beside.</summary>
    protected virtual IEnumerable<(string Text, string? Name)> Candidates(
        IReadOnlyCollection<CompletionCache.Entry> known,
        TypedLine line
    ) => known.Where(entry => IsFor(line.Command, entry.Status)).SelectMany(Candidates);

    /// <summary>What one experiment has for the parameter.</summary>
    protected abstract IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry);

    /// <summary>Whether the command has something to do for an experiment of this status, as far as Tab knows it.</summary>
    protected static bool IsFor(string command, ExperimentStatus status) =>
        status == ExperimentStatus.Unknown
        || command.ToUpperInvariant() switch
        {
            "SUSPEND-PICTIFYEXPERIMENT" or "PAUSE-PICTIFYEXPERIMENT" => Leads(status, ExperimentStatus.Paused),
            "COMPLETE-PICTIFYEXPERIMENT" => Leads(status, ExperimentStatus.Completed),
            "START-PICTIFYEXPERIMENT" => status == ExperimentStatus.Draft,
            "RESUME-PICTIFYEXPERIMENT" or "GET-PICTIFYPAUSE" => status == ExperimentStatus.Paused,
            "REMOVE-PICTIFYEXPERIMENT" => ExperimentRules.IsFilter(status) && status != ExperimentStatus.Running,
            _ => true,
        };

    private static bool Leads(ExperimentStatus from, ExperimentStatus to) =>
        ExperimentRules.TransitionsFrom(from).Contains(to);
}

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
            // Tab offers nothing where the file cannot be read; the command says why.
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

/// <summary>The last operations in the connection's ledger, the newest first.</summary>
internal sealed class OperationCompleter : Completer
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    ) =>
        connection is not null && Ledgers.Of(connection) is { } ledger
            ? ledger
                .ReadOperationsAsync(new LedgerQuery { Recent = true })
                .GetAwaiter()
                .GetResult()
                .AsEnumerable()
                .Reverse()
                .Select(static operation => (operation.Id, (string?)$"{operation.Command} {operation.Reason}"))
            : [];
}

internal sealed class UidCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        [(entry.Uid, entry.Name)];
}

internal sealed class NameCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        entry.Name is { } name ? [(name, entry.Uid)] : [];

    /// <summary>The parameter takes wildcards.</summary>
    protected override string Meaning(string text) => NamePattern.Exactly(text);
}

internal class SlugCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        entry.Slug is { } slug ? [(slug, entry.Name)] : [];
}

/// <summary>Slugs for a parameter that takes wildcards: a service may hold one with such characters.</summary>
internal sealed class SlugPatternCompleter : SlugCompleter
{
    protected override string Meaning(string text) => NamePattern.Exactly(text);
}

/// <summary>The variants of the experiments that are on the line already; of all that the command is for, where none is.</summary>
internal sealed class VariantIdCompleter : ExperimentCompleter
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        IReadOnlyCollection<CompletionCache.Entry> known,
        TypedLine line
    )
    {
        Func<CompletionCache.Entry, bool> isMeant = line.Selection() ?? (entry => IsFor(line.Command, entry.Status));

        // Experiments share ids such as control: each is offered once.
        return known
            .Where(isMeant)
            .SelectMany(Candidates)
            .GroupBy(static candidate => candidate.Text, StringComparer.Ordinal)
            .Select(static same => same.First());
    }

    protected override IEnumerable<(string Text, string? Name)> Candidates(CompletionCache.Entry entry) =>
        entry.VariantIds.Select(id => (id, entry.Name));
}

/// <summary>What stands on the line that is being typed.</summary>
/// <param name="command">The command's name as it was typed, perhaps with the module's before it.</param>
/// <param name="tree">The command in the line.</param>
/// <param name="bound">Its arguments that are constants.</param>
internal sealed class TypedLine(string command, CommandAst tree, IDictionary bound)
{
    public string Command { get; } = command.Substring(command.LastIndexOf('\\') + 1);

    public IDictionary Bound { get; } = bound;

    /// <summary>Which experiments the line names: the command itself, or the one that it gets them from. Null where none is named.</summary>
    public Func<CompletionCache.Entry, bool>? Selection() => Selection(parameter => Bound[parameter]) ?? Before();

    private static Func<CompletionCache.Entry, bool>? Selection(Func<string, object?> argument)
    {
        string[] Texts(string parameter) =>
            [
                .. (
                    ApiObject.Unwrap(argument(parameter)) is IEnumerable items and not string
                        ? items.Cast<object?>()
                        : [argument(parameter)]
                )
                    .Select(ApiObject.Unwrap)
                    .Where(static item => item is not null)
                    .Select(static item => item is Experiment experiment ? experiment.Uid : $"{item}"),
            ];

        string[] exact = [.. Texts("Uid"), .. Texts("InputObject"), .. Texts("Experiment")];
        string[] names = Texts("Name");
        string[] slugs = Texts("Slug");
        if (exact.Length + names.Length + slugs.Length == 0)
        {
            return null;
        }

        var texts = new HashSet<string>(exact, StringComparer.OrdinalIgnoreCase);
        var name = new NamePattern(names);
        var slug = new NamePattern(slugs);
        return entry =>
            texts.Contains(entry.Uid)
            || texts.Contains(entry.Slug ?? "")
            || (entry.Name is not null && name.IsMatch(entry.Name))
            || (entry.Slug is not null && slug.IsMatch(entry.Slug));
    }

    /// <summary>What a command before this one in the pipeline gets, where it says so with constants; nothing is run.</summary>
    private Func<CompletionCache.Entry, bool>? Before()
    {
        if (tree.Parent is not PipelineAst pipeline)
        {
            return null;
        }

        CommandAst? source = pipeline
            .PipelineElements.TakeWhile(element => element != tree)
            .OfType<CommandAst>()
            .LastOrDefault(static element =>
                element.GetCommandName() is { } name
                && name.Substring(name.LastIndexOf('\\') + 1).ToUpperInvariant()
                    is "GET-PICTIFYEXPERIMENT"
                        or "GET-PICTIFYPAUSE"
            );
        if (source is null)
        {
            return null;
        }

        StaticBindingResult binding = StaticParameterBinder.BindCommand(source, resolve: true);
        return Selection(parameter =>
            binding.BoundParameters.TryGetValue(parameter, out ParameterBindingResult? argument)
                ? Constant(argument.Value)
                : null
        );
    }

    private static object? Constant(Ast argument)
    {
        try
        {
            return argument.SafeGetValue();
        }
        catch (InvalidOperationException)
        {
            // A variable, or what else has a value only once it is run.
            return null;
        }
    }
}
