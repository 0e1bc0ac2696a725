using System.Collections;
using System.Reflection;

namespace Pictify.Tests;

/// <summary>
/// A list that is declared as an interface may be a type of the compiler's own behind it, which PowerShell does not index: there
/// <c>$entries[0]</c> is the whole list, and <c>[1]</c> is nothing.
/// </summary>
public sealed class PublicTypesTests
{
    public static TheoryData<string> Types() =>
        [
            .. typeof(Experiment)
                .Assembly.GetExportedTypes()
                .Where(static type => Values(type).Any())
                .Select(static type => type.FullName!),
        ];

    [Theory]
    [MemberData(nameof(Types))]
    public void Collections_that_a_public_type_gives_are_indexed_by_PowerShell(string name)
    {
        Type type = typeof(Experiment).Assembly.GetType(name, throwOnError: true)!;
        foreach ((string member, Type value) in Values(type))
        {
            bool isList =
                typeof(IEnumerable).IsAssignableFrom(value)
                && value != typeof(string)
                && !Interfaces(value).Any(static part => IsDictionary(part));
            Assert.True(
                !isList || value.IsArray || IsOwnList(value),
                $"{name}.{member} gives a {value}, and should give an array, or a public class of ours with an indexer"
            );
        }
    }

    /// <summary>ConvertTo-Json writes the number of an enum, but for those of 64 bits, of which it writes the word.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Enums_that_a_public_type_gives_are_words_in_JSON(string name)
    {
        Type type = typeof(Experiment).Assembly.GetType(name, throwOnError: true)!;
        foreach ((string member, Type value) in Values(type))
        {
            Type bare = Nullable.GetUnderlyingType(value) ?? value;
            Assert.True(
                !bare.IsEnum || bare.Assembly != type.Assembly || Enum.GetUnderlyingType(bare) == typeof(long),
                $"{name}.{member} gives a {bare}, which has no 64 bits"
            );
        }
    }

    private static IEnumerable<(string Member, Type Value)> Values(Type type)
    {
        const BindingFlags Own =
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetProperties(Own)
            .Select(static property => (property.Name, property.PropertyType))
            .Concat(
                type.GetMethods(Own)
                    .Where(static method => !method.IsSpecialName)
                    .Select(static method => (method.Name, Awaited(method.ReturnType)))
            );
    }

    private static Type Awaited(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>) ? type.GetGenericArguments()[0] : type;

    private static bool IsOwnList(Type type) =>
        type is { IsClass: true, IsVisible: true }
        && type.Assembly == typeof(Experiment).Assembly
        && type.GetProperty("Item", [typeof(int)])?.GetMethod?.IsPublic == true;

    private static IEnumerable<Type> Interfaces(Type type) => type.GetInterfaces().Append(type);

    private static bool IsDictionary(Type type) =>
        type.IsGenericType
        && (
            type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
            || type.GetGenericTypeDefinition() == typeof(IDictionary<,>)
        );
}
