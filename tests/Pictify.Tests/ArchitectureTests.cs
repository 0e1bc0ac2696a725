using System.Text.RegularExpressions;

namespace Pictify.Tests;

/// <summary>Arrows run one way; the folders' using lines are the arrows.</summary>
public sealed class ArchitectureTests
{
    private static readonly string _source = Path.Combine(Root(), "src");

    [Theory]
    [InlineData("Pictify", @"\b(System\.Management\.Automation|PictifyPS)\b")]
    [InlineData("Pictify/Experiments", @"\bPictify\.(Http|Sandbox|Ledger|Operations)\b")]
    [InlineData("Pictify/Sandbox", @"\bPictify\.(Http|Ledger|Operations)\b")]
    [InlineData("Pictify/Http", @"\bPictify\.(Ledger|Operations)\b")]
    [InlineData("Pictify/Operations", @"\bPictify\.Sandbox\b")]
    [InlineData("Pictify.HttpFactory", @"using Pictify\b|\bPictify\.(Http|Sandbox|Ledger|Experiment)\b")]
    [InlineData("PictifyPS/Loading", @"\bPictifyPS\.(Commands|Pipeline|Views)\b|using Pictify\b")]
    [InlineData("PictifyPS", @"\b(System\.Text\.Json|Microsoft\.Extensions)\b")]
    [InlineData("Pictify/Ledger", @"\bPictify\.(Http|Sandbox|Operations)\b")]
    [InlineData(
        "Pictify/Statistics",
        @"\bPictify\.(Http|Sandbox|Ledger)\b|\bSystem\.(IO|Net)\b|\b(File|Stream|Random|DateTime|TimeProvider)\b"
    )]
    [InlineData("Pictify/Schedules", @"\bPictify\.(Http|Sandbox|Operations|Statistics)\b")]
    [InlineData("Pictify/Profiles", @"\bPictify\.(Sandbox|Operations|Statistics|Schedules)\b")]
    [InlineData("Pictify/Http", @"\bPictify\.Profiles\b")]
    [InlineData("Pictify/Ledger", @"\bPictify\.Profiles\b")]
    [InlineData("Pictify/Operations", @"\bPictify\.Profiles\b")]
    [InlineData("Pictify/Experiments", @"\bPictify\.(Statistics|Schedules)\b")]
    [InlineData("Pictify/Ledger", @"\bPictify\.Statistics\b")]
    [InlineData("PictifyPS/Pipeline", @"\bPictifyPS\.Commands\b")]
    [InlineData("PictifyPS/Views", @"\bPictifyPS\.(Commands|Pipeline)\b")]
    public void A_folder_does_not_know_what_stands_above_it(string folder, string forbidden)
    {
        string[] files = Sources(folder);

        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string code = Regex.Replace(File.ReadAllText(file), @"//.*$", "", RegexOptions.Multiline);
            Assert.False(Regex.IsMatch(code, forbidden), $"{file} knows {Regex.Match(code, forbidden)}");
        }
    }

    [Fact]
    public void Of_the_cmdlets_only_Invoke_PictifyApi_builds_a_request() =>
        Assert.Equal(
            "InvokePictifyApiCommand.cs",
            Path.GetFileName(
                Assert.Single(Sources("PictifyPS"), static file => File.ReadAllText(file).Contains("new ApiRequest("))
            )
        );

    private static string[] Sources(string folder) =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(_source, folder), "*.cs", SearchOption.AllDirectories)
                .Where(static file => !Regex.IsMatch(file, @"[\\/](obj|bin)[\\/]")),
        ];

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "PictifyPS.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
