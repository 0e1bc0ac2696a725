using System.Net.Http;
using System.Text;
using Pictify.Http;

namespace Pictify.Tests;

/// <summary>Answers with values of the wrong kind: what can be read is taken, and one experiment never costs the others.</summary>
public sealed class OddAnswerTests
{
    /// <summary>An experiment's further fields, and the path of what cannot be read among them.</summary>
    public static TheoryData<string, string> OddValues =>
        new()
        {
            { """ "variants":[null] """, "variants (a null among them)" },
            { """ "variants":[{"id":"a","weight":1},null,{"id":"b"}] """, "variants (a null among them)" },
            { """ "variants":[{"id":"a","conditions":{"children":[null]}}] """, "variants (a null among them)" },
            { """ "variants":[{"id":"a","weight":33.5}] """, "variants[0].weight" },
            { """ "variants":[{"id":"a"},"b"] """, "variants[1]" },
            { """ "variants":{"a":1} """, "variants" },
            { """ "variants":[{"id":5}] """, "variants[0].id" },
            { """ "minimumRunDays":7.5 """, "minimumRunDays" },
            { """ "minimumRunDays":"a week" """, "minimumRunDays" },
            { """ "minimumSampleSize":1e30 """, "minimumSampleSize" },
            { """ "confidenceThreshold":[] """, "confidenceThreshold" },
            { """ "name":{"en":"Hero"} """, "name" },
            { """ "goalConfig":"clicks" """, "goalConfig" },
            {
                """ "banditConfig":{"enabled":"yes","warmupImpressions":0.5} """,
                "banditConfig.enabled, banditConfig.warmupImpressions"
            },
            { """ "renderProgress":[1] """, "renderProgress" },
        };

    [Theory]
    [MemberData(nameof(OddValues))]
    public async Task One_odd_experiment_costs_its_odd_value_and_not_the_list(string odd, string path)
    {
        (List<Experiment> experiments, List<string> problems) = await ListAsync(
            $$"""{"experiments":[{"uid":"a","status":"running"},{"uid":"b","status":"paused",{{odd}}},{"uid":"c"}],"total":3}"""
        );

        Assert.Equal(["a", "b", "c"], experiments.Select(static e => e.Uid));
        Assert.Equal("paused", experiments[1].StatusText);
        string problem = Assert.Single(problems);
        Assert.Contains("b", problem, StringComparison.Ordinal);
        Assert.EndsWith($": {path}.", problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OddValues))]
    public async Task One_odd_experiment_is_read_by_its_uid(string odd, string path)
    {
        var service = Service($$$"""{"experiment":{"uid":"b","status":"paused",{{{odd}}}}}""");

        Experiment experiment = await service.Client().GetAsync("b");

        Assert.Equal(("b", ExperimentStatus.Paused), (experiment.Uid, experiment.Status));
        Assert.EndsWith($": {path}.", ExperimentReader.Warning(experiment), StringComparison.Ordinal);
        Assert.Null(experiment.Variants.FirstOrDefault(static variant => variant is null));
    }

    /// <summary>The answer says that it happened: no odd value beside the status makes it unknown.</summary>
    [Theory]
    [MemberData(nameof(OddValues))]
    public async Task A_pause_that_happened_stays_one(string odd, string path)
    {
        var service = Service($$$"""{"experiment":{"uid":"b","status":"paused",{{{odd}}}}}""");

        ExperimentChange change = await service.Client().PauseAsync("b").Done();

        Assert.True(change.Changed);
        Assert.Equal("POST /experiments/api/b/pause", Assert.Single(service.Requests));
        Assert.EndsWith($": {path}.", ExperimentReader.Warning(change.Experiment!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"experiment":{"uid":null,"status":"paused"}}""")]
    [InlineData("""{"experiment":{"uid":7,"status":"paused"}}""")]
    [InlineData("""{"experiment":{"status":"paused","name":"Hero"}}""")]
    public async Task A_pause_whose_answer_leaves_the_uid_out_is_of_the_one_that_was_asked_for(string answer)
    {
        ExperimentChange change = await Service(answer).Client().PauseAsync("b").Done();

        Assert.True(change.Changed);
        Assert.Equal(("b", "paused"), (change.Experiment!.Uid, change.Experiment.StatusText));
        Assert.Contains("uid", ExperimentReader.Warning(change.Experiment), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"experiment":null}""")]
    [InlineData("""{"experiment":{}}""")]
    [InlineData("""{"experiment":"b"}""")]
    [InlineData("""{"ok":true}""")]
    [InlineData("""{"uid":null}""")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("")]
    public async Task What_is_no_experiment_is_an_error_of_ours(string answer)
    {
        var error = await Assert.ThrowsAsync<PictifyException>(() => Service(answer).Client().GetAsync("b"));

        Assert.Equal(PictifyErrorKind.InvalidResponse, error.Kind);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"exp_1\"")]
    [InlineData("[]")]
    public async Task What_is_no_experiment_is_left_out_of_the_list_with_a_word(string item)
    {
        (List<Experiment> experiments, List<string> problems) = await ListAsync(
            $$"""{"experiments":[{"uid":"a"},{{item}},{"uid":"c"},{{item}}],"total":4}"""
        );

        Assert.Equal(["a", "c"], experiments.Select(static e => e.Uid));
        Assert.Contains("not an experiment", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Experiments_without_a_uid_come_each_once()
    {
        (List<Experiment> experiments, List<string> problems) = await ListAsync(
            """{"experiments":[{"uid":null,"slug":"one"},{"slug":"two"},{"uid":null,"name":"Three"},{"uid":"d"}],"total":4}"""
        );

        Assert.Equal(["one", "two", null, null], experiments.Select(static e => e.Slug));
        Assert.Equal(3, problems.Count);
    }

    [Fact]
    public async Task An_experiment_of_nothing_but_odd_values_keeps_what_it_is_called()
    {
        string variants = string.Join(",", Enumerable.Repeat("""{"id":1,"weight":"x"}""", 100));
        (List<Experiment> experiments, List<string> problems) = await ListAsync(
            $$"""{"experiments":[{"uid":"a","name":"Hero","status":"running","variants":[{{variants}}]}],"total":1}"""
        );

        Experiment experiment = Assert.Single(experiments);
        Assert.Equal(("a", "Hero", "running"), (experiment.Uid, experiment.Name, experiment.StatusText));
        Assert.Single(problems);
    }

    [Fact]
    public async Task A_text_that_is_no_text_is_shown_as_it_was_written()
    {
        (List<Experiment> experiments, _) = await ListAsync(
            """{"experiments":[{"uid":"a"},{"uid":"b","name":"half \ud800","status":"paused"}],"total":2}"""
        );

        Assert.Equal([null, @"half \ud800"], experiments.Select(static e => e.Name));
        Assert.Equal(ExperimentStatus.Paused, experiments[1].Status);
    }

    [Fact]
    public async Task A_quota_with_a_null_is_read()
    {
        ExperimentQuota quota = await Service("""{"plan":"Basic","quota":{"ab_test":null,"scheduled":{"used":1}}}""")
            .Client()
            .GetQuotaAsync();

        Assert.Equal(["scheduled"], quota.Quota.Keys);
    }

    [Fact]
    public void A_number_beyond_all_numbers_survives_as_its_text() =>
        Assert.Equal("""{"a":"1e400"}""", Encoding.UTF8.GetString(PlainJson.Bytes(PlainJson.Parse("""{"a":1e400}"""))));

    /// <summary>A service that spreads the body would make an experiment without an id of an empty one.</summary>
    [Fact]
    public async Task A_create_sends_what_was_given_and_nothing_else()
    {
        string? sent = null;
        var service = new FakeService(
            async (request, _, cancellationToken) =>
            {
                sent = await request.Content!.ReadAsStringAsync(cancellationToken);
                return FakeService.Answer(201, """{"experiment":{"uid":"e","slug":"hero","status":"draft"}}""");
            }
        );
        await service
            .Client()
            .CreateAsync(
                new Experiment
                {
                    Name = "Hero",
                    Slug = "hero",
                    TypeText = "ab_test",
                    Variants = [new Variant { Id = "a", Weight = 5000 }, new Variant { Id = "b", Weight = 5000 }],
                }
            )
            .Created();

        Assert.Equal(
            """{"slug":"hero","name":"Hero","type":"ab_test","variants":[{"id":"a","weight":5000},{"id":"b","weight":5000}]}""",
            sent
        );
    }

    private static FakeService Service(string answer) => new((_, _) => FakeService.Answer(200, answer));

    private static async Task<(List<Experiment> Experiments, List<string> Problems)> ListAsync(string answer)
    {
        var experiments = new List<Experiment>();
        var problems = new List<string>();
        await foreach (ExperimentPage page in Service(answer).Client().ListAsync())
        {
            experiments.AddRange(page.Experiments);
            problems.AddRange(page.Problems);
        }

        return (experiments, problems);
    }
}
