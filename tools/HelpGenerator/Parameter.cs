using System.Management.Automation;
using System.Reflection;

namespace HelpGenerator;

/// <summary>What is known of one parameter.</summary>
internal sealed class Parameter
{
    public Parameter(PropertyInfo property, string description)
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
        Aliases = aliases;
        Sets = new Dictionary<string, ParameterAttribute> { [CmdletHelp.AllSets] = new ParameterAttribute() };
    }

    public string Name { get; }
    public string TypeName { get; }
    public string ElementTypeName { get; }
    public bool IsSwitch { get; }
    public string Description { get; }
    public IReadOnlyList<string> Values { get; }
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
