using System.Text.Json;

namespace Pictify.Tests;

public sealed class JsonTests
{
    /// <summary>The answer for pause as the service's public reference page shows it.</summary>
    private const string ReferenceAnswer = """
        {"experiment":{"uid":"exp_abc123","slug":"homepage-hero-test","name":"Homepage Hero A/B Test","variants":[{"id":"variant-a",
        "weight":5000,"name":"New Design","templateUid":"<string>","variables":{},"isDefault":false,"conditions":{"children":"<array>",
        "property":"<string>","value":"<unknown>"},"schedule":{"startAt":"2023-11-07T05:31:56Z","endAt":"2023-11-07T05:31:56Z",
        "recurrence":{"type":"none","cronExpression":"<string>","timezone":"America/New_York"}},"impressions":123,"clicks":123}],
        "createdAt":"2023-11-07T05:31:56Z","updatedAt":"2023-11-07T05:31:56Z","templateUid":"tmpl_xyz789","goalConfig":
        {"type":"impressions_only","destinationUrl":"<string>"},"banditConfig":{"enabled":false,"algorithm":"thompson_sampling",
        "warmupImpressions":50,"recomputeIntervalMinutes":15},"hypothesis":"<string>","minimumSampleSize":1000,"confidenceThreshold":0.95,
        "minimumRunDays":7,"winnerVariantId":"<string>","winnerDeclaredAt":"2023-11-07T05:31:56Z","fallbackImageUrl":"<string>",
        "outputConfig":{"format":"png","quality":90}}}
        """;

    [Fact]
    public void Reads_the_answer_of_the_public_reference()
    {
        Experiment experiment = Read(ReferenceAnswer);

        Assert.Equal("exp_abc123", experiment.Uid);
        Assert.Equal(ExperimentStatus.Unknown, experiment.Status);
        Assert.Null(experiment.StatusText);
        Assert.Equal(GoalType.ImpressionsOnly, experiment.GoalConfig!.Type);
        Assert.Equal(BanditAlgorithm.ThompsonSampling, experiment.BanditConfig!.Algorithm);
        Assert.Equal(ImageFormat.Png, experiment.OutputConfig!.Format);
        Variant variant = Assert.Single(experiment.Variants);
        Assert.Equal(5000, variant.Weight);
        Assert.Equal(123, variant.Impressions);
        Assert.Equal(RecurrenceType.None, variant.Schedule!.Recurrence!.Type);
        Assert.Equal("America/New_York", variant.Schedule.Recurrence.Timezone);
        Assert.Equal(new DateTimeOffset(2023, 11, 7, 5, 31, 56, TimeSpan.Zero), experiment.CreatedAtMoment);
    }

    [Theory]
    [InlineData("draft", ExperimentStatus.Draft)]
    [InlineData("rendering", ExperimentStatus.Rendering)]
    [InlineData("running", ExperimentStatus.Running)]
    [InlineData("PAUSED", ExperimentStatus.Paused)]
    [InlineData("completed", ExperimentStatus.Completed)]
    [InlineData("archived", ExperimentStatus.Archived)]
    [InlineData("hibernating", ExperimentStatus.Unknown)]
    public void A_status_keeps_its_word(string text, ExperimentStatus expected)
    {
        Experiment experiment = Read($$$"""{"experiment":{"uid":"e","status":"{{{text}}}"}}""");

        Assert.Equal(expected, experiment.Status);
        Assert.Equal(text, experiment.StatusText);
        Assert.Contains($"\"status\":\"{text}\"", Write(experiment), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ruleOperator")]
    [InlineData("operator")]
    public void A_condition_reads_both_spellings_and_writes_back_the_one_it_came_in(string spelling)
    {
        string json =
            $$$"""{"experiment":{"uid":"e","variants":[{"id":"a","weight":1,"conditions":{"type":"group","operator":"OR","children":[{"type":"rule","property":"device","{{{spelling}}}":"equals","value":"mobile"}]}}]}}""";
        Experiment experiment = Read(json);

        Condition group = experiment.Variants[0].Conditions!;
        Assert.Equal(ConditionType.Group, group.Type);
        Assert.Equal("OR", group.Operator);
        Condition rule = Assert.Single(group.Children!);
        Assert.Equal("equals", rule.Comparison);
        Assert.Equal("mobile", rule.Value);
        Assert.Contains($"\"{spelling}\":\"equals\"", Write(experiment), StringComparison.Ordinal);
        Assert.Equal("(device equals mobile)", group.ToString());
    }

    [Fact]
    public void A_condition_without_a_type_is_known_by_its_parts()
    {
        Assert.Equal(ConditionType.Rule, new Condition { Property = "device" }.Type);
        Assert.Equal(ConditionType.Group, new Condition { Children = [] }.Type);
    }

    [Fact]
    public void What_is_not_known_survives_a_round_trip_at_every_level()
    {
        const string json =
            """{"uid":"e","type":"quantum","future":{"a":[1,2.50,null]},"variants":[{"id":"a","weight":1,"variables":{"n":1.10,"deep":{"x":[true,"y"]}},"colour":"red"}],"goalConfig":{"type":"revenue","currency":"EUR"}}""";
        Experiment experiment = JsonSerializer.Deserialize(json, PictifyJson.Default.Experiment)!;

        Assert.Equal(ExperimentType.Unknown, experiment.Type);
        using JsonDocument before = JsonDocument.Parse(json);
        using JsonDocument after = JsonDocument.Parse(Write(experiment));
        Assert.True(
            JsonElement.DeepEquals(before.RootElement, after.RootElement),
            $"expected {before.RootElement.GetRawText()} but wrote {after.RootElement.GetRawText()}"
        );
    }

    [Theory]
    [InlineData("\"not a date\"")]
    [InlineData("12345")]
    [InlineData("null")]
    [InlineData("{}")]
    public void An_odd_date_costs_the_date_and_not_the_experiment(string date)
    {
        Experiment experiment = Read($$$"""{"experiment":{"uid":"e","createdAt":{{{date}}},"name":"after"}}""");

        Assert.Null(experiment.CreatedAt);
        Assert.Equal("after", experiment.Name);
    }

    [Fact]
    public void Numbers_may_come_as_text()
    {
        Experiment experiment = Read(
            """{"experiment":{"uid":"e","minimumSampleSize":"1000","variants":[{"id":"a","weight":"5000"}]}}"""
        );

        Assert.Equal(1000, experiment.MinimumSampleSize);
        Assert.Equal(5000, experiment.Variants[0].Weight);
    }

    [Fact]
    public void Null_lists_are_empty_lists() =>
        Assert.Empty(Read("""{"experiment":{"uid":"e","variants":null}}""").Variants);

    [Fact]
    public void Counters_add_up_over_variants()
    {
        Experiment experiment = Read(
            """{"experiment":{"uid":"e","variants":[{"id":"a","impressions":10,"clicks":4},{"id":"b","impressions":30},{"id":"c"}]}}"""
        );

        Assert.Equal(40, experiment.Impressions);
        Assert.Equal(4, experiment.Clicks);
        Assert.Equal(0.4, experiment.Variants[0].ClickRate);
        Assert.Null(experiment.Variants[2].ClickRate);
    }

    private static Experiment Read(string json) =>
        JsonSerializer
            .Deserialize(
                json.Replace("\"<array>\"", "[]", StringComparison.Ordinal),
                PictifyJson.Default.ExperimentBody
            )!
            .Experiment!;

    private static string Write(Experiment experiment) =>
        JsonSerializer.Serialize(experiment, PictifyJson.Default.Experiment);
}
