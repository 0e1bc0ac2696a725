using System.Diagnostics;
using System.Reflection;

namespace PictifyPS.Tests;

/// <summary>The pages in docs/en-US are what the code says. Runs a tool of the repository, which the package does not have.</summary>
public sealed class DocumentationTests
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
}
