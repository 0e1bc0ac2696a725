using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;

namespace HelpGenerator;

/// <summary>The help of one parameter.</summary>
internal sealed partial class Parameter
{
    /// <param name="property">The parameter's property.</param>
    /// <param name="description">Its comment.</param>
    /// <param name="cmdlet">A new object of the cmdlet, whose properties have the values that apply if a parameter is not given.</param>
    public Parameter(PropertyInfo property, string description, object cmdlet)
    {
        Name = property.Name;
        Description = description;
        Type shown = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        TypeName = shown.Name;
        IsSwitch = shown == typeof(SwitchParameter);
        Type element = shown.IsArray ? shown.GetElementType()! : shown;
        ElementTypeName = element.FullName!;
        Values =
            element.IsEnum ? [.. Enum.GetNames(element)]
            : property.GetCustomAttribute<ValidateSetAttribute>() is { } set ? [.. set.ValidValues]
            : [];
        Default = DefaultOf(property, description, cmdlet);
        Aliases = [.. property.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? []];
        Wildcards = property.GetCustomAttribute<SupportsWildcardsAttribute>() is not null;
        Sets = property
            .GetCustomAttributes<ParameterAttribute>(inherit: false)
            .ToDictionary(static attribute => attribute.ParameterSetName);
    }

    private Parameter(string name, string type, string description, string[] aliases)
    {
        Name = name;
        TypeName = type;
        ElementTypeName = type;
        IsSwitch = type == nameof(SwitchParameter);
        Description = description;
        Values = [];
        Default = IsSwitch ? "False" : null;
        Aliases = aliases;
        Sets = new Dictionary<string, ParameterAttribute> { [CmdletHelp.AllSets] = new ParameterAttribute() };
    }

    public string Name { get; }
    public string TypeName { get; }
    public string ElementTypeName { get; }
    public bool IsSwitch { get; }
    public string Description { get; }
    public IReadOnlyList<string> Values { get; }

    /// <summary>The value that applies if the parameter is not given; null if none does.</summary>
    public string? Default { get; }
    public IReadOnlyList<string> Aliases { get; }
    public bool Wildcards { get; }
    public Dictionary<string, ParameterAttribute> Sets { get; }

    public static Parameter Common(string name, string alias, string description) =>
        new(name, nameof(SwitchParameter), description, [alias]);

    public static Parameter Paging(string name, string type, string description) => new(name, type, description, []);

    public string Syntax(ParameterAttribute set)
    {
        string value = IsSwitch ? "" : $" <{TypeName}>";
        string name = set.Position >= 0 ? $"[-{Name}]" : $"-{Name}";
        return set.Mandatory ? name + value : $"[{name}{value}]";
    }

    /// <summary>
    /// The comment's own words after 'Default', which may describe more than a value; else the property's value, unless it is its
    /// type's empty one.
    /// </summary>
    private static string? DefaultOf(PropertyInfo property, string description, object cmdlet)
    {
        if (DefaultWords().Match(description) is { Success: true } words)
        {
            return words.Groups[1].Value;
        }

        object? value = property.GetValue(cmdlet);
        return value switch
        {
            SwitchParameter given => given.IsPresent ? "True" : "False",
            null or "" or Array => null,
            ValueType when value.Equals(Activator.CreateInstance(value.GetType())) => null,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The rest of a sentence after 'Default'; a point within a number does not end it.</summary>
    [GeneratedRegex(@"\bDefault:? (.+?)\.(?= |$)")]
    private static partial Regex DefaultWords();

    public static string Pipeline(ParameterAttribute set) =>
        (set.ValueFromPipeline, set.ValueFromPipelineByPropertyName) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        };

    public static string Position(ParameterAttribute set) => set.Position >= 0 ? $"{set.Position}" : "named";
}
