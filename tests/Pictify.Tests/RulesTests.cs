namespace Pictify.Tests;

/// <summary>Every rule of the service that is checked before anything is sent, broken once.</summary>
public sealed class RulesTests
{
    private static Experiment Valid() =>
        new()
        {
            Name = "Hero",
            Slug = "hero",
            TypeText = "ab_test",
            Variants = [new Variant { Id = "a", Weight = 5000 }, new Variant { Id = "b", Weight = 5000 }],
        };

    public static TheoryData<string, string> Broken =>
        new()
        {
            { "no name", "name" },
            { "long name", "name" },
            { "no type", "type" },
            { "unknown type", "type" },
            { "short slug", "slug" },
            { "long slug", "slug" },
            { "slug with a capital", "slug" },
            { "slug that ends in a dash", "slug" },
            { "slug with a line break", "slug" },
            { "reserved slug", "slug" },
            { "one variant", "variants" },
            { "two variants of one id", "variants" },
            { "weights of 9999", "variants" },
            { "weights of 10001", "variants" },
            { "negative weight", "variants[0].weight" },
            { "no weight", "variants[0].weight" },
            { "variant id with a space", "variants[0].id" },
            { "empty variant id", "variants[0].id" },
            { "long hypothesis", "hypothesis" },
            { "threshold above 1", "confidenceThreshold" },
            { "threshold below 0", "confidenceThreshold" },
            { "negative sample", "minimumSampleSize" },
            { "negative days", "minimumRunDays" },
            { "click_through without destination", "goalConfig.destinationUrl" },
            { "destination of ftp", "goalConfig.destinationUrl" },
            { "destination that is none", "goalConfig.destinationUrl" },
            { "unknown goal", "goalConfig.type" },
            { "bandit of a smart link", "banditConfig" },
            { "unknown algorithm", "banditConfig.algorithm" },
            { "unknown format", "outputConfig.format" },
            { "quality 0", "outputConfig.quality" },
            { "quality 101", "outputConfig.quality" },
            { "conditions four deep", "variants[0].conditions.children[0].children[0].children[0]" },
            { "group without operator", "variants[0].conditions.operator" },
            { "empty group", "variants[0].conditions.children" },
            { "unknown comparison", "variants[0].conditions.ruleOperator" },
            { "rule without property", "variants[0].conditions.property" },
            { "schedule that ends before it starts", "variants[0].schedule" },
            { "cron without expression", "variants[0].schedule.recurrence.cronExpression" },
            { "unknown recurrence", "variants[0].schedule.recurrence.type" },
            { "fallback that is none", "fallbackImageUrl" },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_is_found_and_named_by_its_field(string what, string field)
    {
        IReadOnlyList<FieldError> errors = ExperimentRules.CheckNew(Break(what));

        Assert.Equal(field, Assert.Single(errors).Field);
    }

    [Fact]
    public void What_is_valid_breaks_nothing() => Assert.Empty(ExperimentRules.CheckNew(Valid()));

    [Fact]
    public void Conditions_three_deep_are_fine()
    {
        Experiment experiment = Valid();
        experiment.Variants[0].Conditions = Nest(2);

        Assert.Empty(ExperimentRules.CheckNew(experiment));
    }

    [Fact]
    public void All_broken_rules_are_told_at_once()
    {
        Experiment experiment = Valid();
        experiment.Name = "";
        experiment.Slug = "-";
        experiment.ConfidenceThreshold = 7;

        Assert.Equal(
            ["name", "slug", "confidenceThreshold"],
            ExperimentRules.CheckNew(experiment).Select(static error => error.Field)
        );
    }

    [Theory]
    [InlineData("Hero Été 2026!", "hero-ete-2026")]
    [InlineData("  A  --  B  ", "a-b")]
    [InlineData("日本", "experiment")]
    [InlineData("x", "experiment-x")]
    [InlineData("status", "experiment-status")]
    [InlineData("Straße [Beta]", "stra-e-beta")]
    public void A_slug_is_derived_from_the_name(string name, string slug)
    {
        Assert.Equal(slug, ExperimentRules.SlugFrom(name));
        Assert.Null(ExperimentRules.GetSlugProblem(ExperimentRules.SlugFrom(name)));
    }

    [Fact]
    public void A_slug_of_a_long_name_is_cut_to_a_valid_one() =>
        Assert.Null(
            ExperimentRules.GetSlugProblem(ExperimentRules.SlugFrom(new string('a', 59) + " " + new string('b', 99)))
        );

    private static Experiment Break(string what)
    {
        Experiment experiment = Valid();
        Variant first = experiment.Variants[0];
        switch (what)
        {
            case "no name":
                experiment.Name = " ";
                break;
            case "long name":
                experiment.Name = new string('x', 256);
                break;
            case "no type":
                experiment.TypeText = null;
                break;
            case "unknown type":
                experiment.TypeText = "quantum";
                break;
            case "short slug":
                experiment.Slug = "ab";
                break;
            case "long slug":
                experiment.Slug = new string('a', 61);
                break;
            case "slug with a capital":
                experiment.Slug = "Hero";
                break;
            case "slug that ends in a dash":
                experiment.Slug = "hero-";
                break;
            case "slug with a line break":
                experiment.Slug = "hero\n";
                break;
            case "reserved slug":
                experiment.Slug = "pixel";
                break;
            case "one variant":
                experiment.Variants = [new Variant { Id = "a", Weight = 10_000 }];
                break;
            case "two variants of one id":
                experiment.Variants[1].Id = "a";
                break;
            case "weights of 9999":
                first.Weight = 4999;
                break;
            case "weights of 10001":
                first.Weight = 5001;
                break;
            case "negative weight":
                experiment.Variants =
                [
                    new Variant { Id = "a", Weight = -1 },
                    new Variant { Id = "b", Weight = 5000 },
                    new Variant { Id = "c", Weight = 5001 },
                ];
                break;
            case "no weight":
                first.Weight = null;
                experiment.Variants[1].Weight = 10_000;
                break;
            case "variant id with a space":
                first.Id = "a b";
                break;
            case "empty variant id":
                first.Id = "";
                break;
            case "long hypothesis":
                experiment.Hypothesis = new string('x', 501);
                break;
            case "threshold above 1":
                experiment.ConfidenceThreshold = 1.01;
                break;
            case "threshold below 0":
                experiment.ConfidenceThreshold = -0.01;
                break;
            case "negative sample":
                experiment.MinimumSampleSize = -1;
                break;
            case "negative days":
                experiment.MinimumRunDays = -1;
                break;
            case "click_through without destination":
                experiment.GoalConfig = new GoalConfig { TypeText = "click_through" };
                break;
            case "destination of ftp":
                experiment.GoalConfig = new GoalConfig { DestinationUrl = "ftp://x.example" };
                break;
            case "destination that is none":
                experiment.GoalConfig = new GoalConfig { DestinationUrl = "shop" };
                break;
            case "unknown goal":
                experiment.GoalConfig = new GoalConfig { TypeText = "revenue" };
                break;
            case "bandit of a smart link":
                experiment.TypeText = "smart_link";
                experiment.BanditConfig = new BanditConfig { Enabled = true };
                break;
            case "unknown algorithm":
                experiment.BanditConfig = new BanditConfig { AlgorithmText = "coin" };
                break;
            case "unknown format":
                experiment.OutputConfig = new OutputConfig { FormatText = "bmp" };
                break;
            case "quality 0":
                experiment.OutputConfig = new OutputConfig { Quality = 0 };
                break;
            case "quality 101":
                experiment.OutputConfig = new OutputConfig { Quality = 101 };
                break;
            case "conditions four deep":
                first.Conditions = Nest(3);
                break;
            case "group without operator":
                first.Conditions = Nest(1) with { Operator = "and" };
                break;
            case "empty group":
                first.Conditions = Nest(1) with { Children = [] };
                break;
            case "unknown comparison":
                first.Conditions = Rule() with { RuleOperator = "resembles" };
                break;
            case "rule without property":
                first.Conditions = Rule() with { Property = null };
                break;
            case "schedule that ends before it starts":
                first.Schedule = new Schedule
                {
                    StartAtMoment = DateTimeOffset.UnixEpoch.AddDays(1),
                    EndAtMoment = DateTimeOffset.UnixEpoch,
                };
                break;
            case "cron without expression":
                first.Schedule = new Schedule { Recurrence = new Recurrence { TypeText = "cron" } };
                break;
            case "unknown recurrence":
                first.Schedule = new Schedule { Recurrence = new Recurrence { TypeText = "hourly" } };
                break;
            case "fallback that is none":
                experiment.FallbackImageUrl = "logo.png";
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, null);
        }

        return experiment;
    }

    private static Condition Rule() =>
        new()
        {
            TypeText = "rule",
            Property = "device",
            RuleOperator = "equals",
            Value = "mobile",
        };

    private static Condition Nest(int groups) =>
        groups == 0
            ? Rule()
            : new Condition
            {
                TypeText = "group",
                Operator = "AND",
                Children = [Nest(groups - 1)],
            };

    [Theory]
    [InlineData(ExperimentStatus.Unknown, false)]
    [InlineData(ExperimentStatus.Draft, false)]
    [InlineData(ExperimentStatus.Rendering, false)]
    [InlineData(ExperimentStatus.Running, false)]
    [InlineData(ExperimentStatus.Paused, false)]
    [InlineData(ExperimentStatus.Completed, true)]
    [InlineData(ExperimentStatus.Archived, true)]
    public void A_completed_and_an_archived_experiment_keep_their_status(ExperimentStatus status, bool isFinal)
    {
        Assert.Equal(isFinal, ExperimentRules.IsFinal(status));
        Assert.True(!isFinal || ExperimentRules.TransitionsFrom(status).Length == 0);
    }
}
