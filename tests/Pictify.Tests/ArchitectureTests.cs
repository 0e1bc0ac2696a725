using System.Text.RegularExpressions;

namespace Pictify.Tests;

/// <summary>The dependencies between folders, as the table in docs/architecture.md lists them: the using lines show them.</summary>
public sealed class ArchitectureTests
{
    private static readonly string _source = Path.Combine(RepositoryRoot.Folder, "src");

    [Theory]
    [InlineData("Pictify", @"\b(System\.Management\.Automation|PictifyPS)\b")]
    [InlineData("Pictify/Experiments", @"\bPictify\.(Http|Sandbox|Statistics|Ledger|Operations|Schedules|Profiles)\b")]
    [InlineData("Pictify/Sandbox", @"\bPictify\.(Http|Statistics|Ledger|Operations|Schedules|Profiles)\b")]
    [InlineData("Pictify/Http", @"\bPictify\.(Statistics|Ledger|Operations|Schedules|Profiles)\b")]
    [InlineData(
        "Pictify/Statistics",
        @"\bPictify\.(Http|Sandbox|Ledger|Operations|Schedules|Profiles)\b|\bSystem\.(IO|Net)\b|\b(File|Stream|Random|DateTime|TimeProvider)\b"
    )]
    [InlineData("Pictify/Ledger", @"\bPictify\.(Http|Sandbox|Statistics|Operations|Schedules|Profiles)\b")]
    [InlineData("Pictify/Operations", @"\bPictify\.(Sandbox|Statistics|Schedules|Profiles)\b")]
    [InlineData("Pictify/Schedules", @"\bPictify\.(Http|Sandbox|Statistics|Operations|Profiles)\b")]
    [InlineData("Pictify/Profiles", @"\bPictify\.(Sandbox|Statistics|Operations|Schedules)\b")]
    [InlineData("Pictify.HttpFactory", @"using Pictify\b|\bPictify\.(Http|Sandbox|Ledger|Experiment)\b")]
    [InlineData("PictifyPS/Loading", @"using PictifyPS\b|using Pictify\b")]
    [InlineData("PictifyPS", @"\b(System\.Text\.Json|Microsoft\.Extensions)\b")]
    [InlineData("PictifyPS/Outputs", @"\bPictifyPS\.(Errors|Input|Session|Selection|Completion|Bases|Commands)\b")]
    [InlineData("PictifyPS/Views", @"\bPictifyPS\.(Errors|Input|Session|Selection|Completion|Bases|Commands)\b")]
    [InlineData("PictifyPS/Errors", @"\bPictifyPS\.(Input|Session|Selection|Completion|Bases|Commands)\b")]
    [InlineData("PictifyPS/Input", @"\bPictifyPS\.(Session|Selection|Completion|Bases|Commands)\b")]
    [InlineData("PictifyPS/Session", @"\bPictifyPS\.(Selection|Completion|Bases|Commands)\b")]
    [InlineData("PictifyPS/Selection", @"\bPictifyPS\.(Completion|Bases|Commands)\b")]
    [InlineData("PictifyPS/Completion", @"\bPictifyPS\.(Bases|Commands)\b")]
    [InlineData("PictifyPS/Bases", @"\bPictifyPS\.Commands\b")]
    public void A_folder_uses_only_the_folders_below_it(string folder, string forbidden)
    {
        string[] files = Sources(folder);

        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string code = Regex.Replace(File.ReadAllText(file), @"//.*$", "", RegexOptions.Multiline);
            Assert.False(Regex.IsMatch(code, forbidden), $"{file} uses {Regex.Match(code, forbidden)}");
        }
    }

    [Fact]
    public void Every_folder_is_in_the_table_of_folders_and_every_row_of_it_is_a_folder()
    {
        string table = File.ReadAllText(Path.Combine(RepositoryRoot.Folder, "docs", "architecture.md"));
        string[] rows =
        [
            .. Regex
                .Matches(table, @"^\| `src/([^`]+)`", RegexOptions.Multiline)
                .Select(static row => row.Groups[1].Value),
        ];
        string[] folders =
        [
            .. Directory
                .EnumerateDirectories(_source)
                .SelectMany(static project =>
                    Directory
                        .EnumerateDirectories(project)
                        .Where(static folder =>
                            Path.GetFileName(folder) is not ("obj" or "bin")
                            && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any()
                        )
                        .Append(project)
                )
                .Select(static folder => Path.GetRelativePath(_source, folder).Replace('\\', '/')),
        ];

        Assert.Equal(folders.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    /// <summary>The ids are public: a record with a text of its own would have one that no list holds.</summary>
    [Fact]
    public void Error_records_take_their_ids_from_the_library_and_each_id_is_made_somewhere()
    {
        string code = string.Join("\n", Sources("").Select(File.ReadAllText));

        Assert.DoesNotMatch(@"""[A-Z]\w+"",\s*ErrorCategory\.", code);
        Assert.All(
            typeof(ErrorIds).GetFields(),
            id => Assert.Matches($@"\bErrorIds\.{id.Name}\b|\bnameof\(ErrorIds\.{id.Name}\)", code)
        );
    }

    [Fact]
    public void Of_the_cmdlets_only_Invoke_PictifyApi_builds_a_request() =>
        Assert.Equal(
            "ApiCall.cs",
            Path.GetFileName(
                Assert.Single(Sources("PictifyPS"), static file => File.ReadAllText(file).Contains("new ApiRequest("))
            )
        );

    /// <summary>Only parameters need a base class; what else cmdlets share is in objects that the classes hold.</summary>
    [Fact]
    public void A_cmdlet_has_two_base_classes_of_this_repository_at_most()
    {
        string code = string.Join("\n", Sources("PictifyPS").Select(File.ReadAllText));
        ILookup<string, string> bases = Regex
            .Matches(
                code,
                @"^\s*(?:public|internal|private) [\w ]*\bclass (\w+)[^:{;]*:\s*(\w+)",
                RegexOptions.Multiline
            )
            .ToLookup(static type => type.Groups[1].Value, static type => type.Groups[2].Value);
        Dictionary<string, string[]> cmdlets = Regex
            .Matches(code, @"\[Cmdlet\([\s\S]*?\bclass (\w+)")
            .Select(static cmdlet => cmdlet.Groups[1].Value)
            .ToDictionary(static cmdlet => cmdlet, cmdlet => Above(cmdlet).ToArray());

        Assert.Contains(cmdlets.Values, static own => own.Length == 2);
        Assert.All(cmdlets, cmdlet => Assert.Single(bases[cmdlet.Key]));
        Assert.All(
            cmdlets,
            static cmdlet => Assert.InRange(cmdlet.Value.Length, _waitForNothing.Contains(cmdlet.Key) ? 0 : 1, 2)
        );

        IEnumerable<string> Above(string type) =>
            bases[type].Where(bases.Contains).Take(1).SelectMany(parent => Above(parent).Prepend(parent));
    }

    /// <summary>The cmdlets that wait for no task, and so need none of our base classes.</summary>
    private static readonly string[] _waitForNothing = ["DisconnectPictifyCommand", "NewPictifyVariantCommand"];

    private static string[] Sources(string folder) =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(_source, folder), "*.cs", SearchOption.AllDirectories)
                .Where(static file => !Regex.IsMatch(file, @"[\\/](obj|bin)[\\/]")),
        ];
}
