using Xunit.Abstractions;
using Xunit.Sdk;

namespace PictifyPS.Tests;

/// <summary>Runs tests/Pester in the pinned pwsh, on the packaged module: each file is a test here. Starts processes; asserts nothing of its own.</summary>
[TestCaseOrderer("PictifyPS.Tests.PesterTests+Order", "PictifyPS.Tests")]
public sealed class PesterTests
{
    private static PesterSuite? _suite;

    /// <summary>Every file of the suite, by its name.</summary>
    public static TheoryData<string> Files => [.. PesterSuite.AllFiles];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Passes(string file)
    {
        string? problem = await _suite!.ProblemAsync(file);

        Assert.True(problem is null, $"{file}: {problem}");
    }

    /// <summary>Is told which tests were asked for: only their files run, and they end in this order.</summary>
    public sealed class Order : ITestCaseOrderer
    {
        public IEnumerable<TTestCase> OrderTestCases<TTestCase>(IEnumerable<TTestCase> testCases)
            where TTestCase : ITestCase
        {
            Dictionary<string, TTestCase> cases = testCases.ToDictionary(static test =>
                (string)test.TestMethodArguments[0]
            );
            _suite = new PesterSuite(cases.Keys);
            return _suite.Files.Select(file => cases[file]);
        }
    }
}
