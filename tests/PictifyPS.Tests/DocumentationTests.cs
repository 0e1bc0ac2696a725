using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace PictifyPS.Tests;

/// <summary>
/// The pages in docs/en-US are what the code says, and the tests that other pages name exist. Runs a tool of the repository, and reads its
/// sources, which the package does not have.
/// </summary>
public sealed partial class DocumentationTests
{
    private static string Configuration =>
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    [Fact]
    public void The_reference_in_docs_is_what_the_code_says()
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        try
        {
            string generator = Path.Combine(
                Repository.Root,
                "tools",
                "HelpGenerator",
                "bin",
                Configuration,
                "net10.0",
                "HelpGenerator.dll"
            );
            string cmdlets = Path.Combine(Repository.Root, "bin", "Core", "PictifyPS.dll");
            using Process process = Process.Start("dotnet", [generator, cmdlets, folder, "--markdown"]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            foreach (string made in Directory.GetFiles(folder))
            {
                string kept = Path.Combine(Repository.Root, "docs", "en-US", Path.GetFileName(made));
                Assert.True(
                    File.Exists(kept)
                        && File.ReadAllText(kept).ReplaceLineEndings() == File.ReadAllText(made).ReplaceLineEndings(),
                    $"{kept} is not what the code says: run HelpGenerator with --markdown (CONTRIBUTING.md)."
                );
            }

            Assert.Equal(
                Directory.GetFiles(folder).Length,
                Directory.GetFiles(Path.Combine(Repository.Root, "docs", "en-US"), "*-*.md").Length
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// What a page says is held by a test is held only while that is there: `XTests` or `XTests.A_method` of C#, or `X.Tests.ps1` with
    /// the names of its blocks behind it, in italics.
    /// </summary>
    [Theory]
    [InlineData("SECURITY.md", 20)]
    [InlineData("docs/errors.md", 2)]
    public void The_tests_that_a_page_names_exist(string page, int atLeast)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, page)).ReplaceLineEndings(" ");

        MatchCollection named = NamedTest().Matches(text);

        Assert.True(named.Count >= atLeast, $"{page} names {named.Count} tests.");
        Assert.Empty(named.Select(Missing).OfType<string>());
    }

    /// <summary>A name in another form would not be looked for.</summary>
    [Fact]
    public void Each_promise_of_the_security_page_names_its_tests_in_a_form_that_is_looked_for()
    {
        string[] rows =
        [
            .. File.ReadAllLines(Path.Combine(Repository.Root, "SECURITY.md"))
                .Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
                .Skip(2),
        ];

        Assert.True(rows.Length >= 18, $"{rows.Length} rows.");
        Assert.All(
            rows,
            static row =>
            {
                string held = row.Split('|')[3];
                Assert.Matches(NamedTest(), held);
                Assert.DoesNotMatch("[^ ,]", NamedTest().Replace(held, ""));
            }
        );
    }

    [GeneratedRegex(
        @"`(?<file>[\w-]+\.Tests\.ps1)`(?:, \*(?<block>[^*]+)\*)*|`(?<class>\w+Tests)(?:\.(?<method>\w+))?`"
    )]
    private static partial Regex NamedTest();

    /// <summary>What is not there of a test that a page names; null where it is all there.</summary>
    private static string? Missing(Match named)
    {
        string tests = Path.Combine(Repository.Root, "tests");
        if (named.Groups["file"] is { Success: true, Value: var file })
        {
            string path = Path.Combine(tests, "Pester", file);
            if (!File.Exists(path))
            {
                return file;
            }

            string text = File.ReadAllText(path);
            return named
                .Groups["block"]
                .Captures.Select(static block => block.Value)
                .FirstOrDefault(block => !Regex.IsMatch(text, $@"\b(Describe|Context|It) '{Regex.Escape(block)}['\:]"));
        }

        string type = named.Groups["class"].Value;
        string? source = Directory
            .EnumerateFiles(tests, $"{type}.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
            .FirstOrDefault(text => Regex.IsMatch(text, $@"\bclass {type}\b"));
        return source is null ? type
            : named.Groups["method"] is { Success: true, Value: var method }
            && !Regex.IsMatch(source, $@"\[(Fact|Theory)\b[\s\S]*\b(void|Task) {method}\(")
                ? $"{type}.{method}"
            : null;
    }
}
