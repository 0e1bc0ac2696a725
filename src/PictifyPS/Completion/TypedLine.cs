using System.Collections;
using System.Management.Automation.Language;
using Pictify;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Completion;

/// <summary>The line that is being typed.</summary>
/// <param name="command">The command's name as it was typed, perhaps with the module's before it.</param>
/// <param name="tree">The command in the line.</param>
/// <param name="bound">Its arguments that are constants.</param>
internal sealed class TypedLine(string command, CommandAst tree, IDictionary bound)
{
    public string Command { get; } = command.Substring(command.LastIndexOf('\\') + 1);

    public IDictionary Bound { get; } = bound;

    /// <summary>
    /// The experiments that the line names, in the command itself or in the one that it gets them from. Null if none is named.
    /// </summary>
    public Func<CompletionCache.Entry, bool>? Selection() => Selection(parameter => Bound[parameter]) ?? Before();

    private static Func<CompletionCache.Entry, bool>? Selection(Func<string, object?> argument)
    {
        string[] Texts(string parameter) =>
            [
                .. (
                    PowerShellValue.Unwrap(argument(parameter)) is IEnumerable items and not string
                        ? items.Cast<object?>()
                        : [argument(parameter)]
                )
                    .Select(PowerShellValue.Unwrap)
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

    /// <summary>The experiments that an earlier command in the pipeline gets, if its arguments are constants; nothing is run.</summary>
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
            // A variable, or another expression that has a value only when it is run.
            return null;
        }
    }
}
