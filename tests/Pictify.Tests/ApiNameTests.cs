using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>The words for the values of enums, in the API and in the ledger: written out here, and not taken from the code.</summary>
public sealed class ApiNameTests
{
    [Fact]
    public void Each_value_has_the_word_of_the_public_reference()
    {
        Check<ExperimentStatus>("draft", "rendering", "running", "paused", "completed", "archived");
        Check<ExperimentType>("ab_test", "smart_link", "scheduled", "bandit");
        Check<GoalType>("impressions_only", "click_through");
        Check<BanditAlgorithm>("thompson_sampling", "epsilon_greedy");
        Check<ImageFormat>("png", "jpeg", "webp");
        Check<RecurrenceType>("none", "daily", "weekly", "cron");
        Check<ConditionType>("group", "rule");
    }

    /// <summary>Ledgers that exist contain them.</summary>
    [Fact]
    public void Each_value_has_the_word_of_the_ledgers_lines()
    {
        Check<LedgerKind>("intent", "outcome", "settled", "torn", "stopped");
        Check<ChangeOutcome>("changed", "unchanged", "failed");
        Check<ChangeKind>("pause", "resume", "start", "complete", "create", "remove", "edit", "end", "event", "call");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("unknown")]
    [InlineData("AbTest")]
    [InlineData("ab_test,scheduled")]
    public void Anything_else_is_no_word(string? text) =>
        Assert.Equal(ExperimentType.Unknown, ApiName.Parse<ExperimentType>(text));

    [Fact]
    public void A_value_without_a_name_has_no_word() => Assert.Null(ApiName.Of((ExperimentType)99));

    private static void Check<T>(params string[] words)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();

        Assert.Equal([null, .. words], values.Select(ApiName.Of));
        Assert.Equal(values.Skip(1), words.Select(ApiName.Parse<T>));
        Assert.Equal(values.Skip(1), words.Select(static word => ApiName.Parse<T>(word.ToUpperInvariant())));
    }
}
