using static Pictify.ExperimentStatus;

namespace Pictify.Sandbox;

/// <summary>The experiments of a new sandbox: sample data, always the same, several of them named Hero.</summary>
internal static class SandboxSeed
{
    public static Experiment[] Handful(DateTimeOffset now) =>
        [
            AbTest("01", "Hero Summer Sale", Running, now, 21, 48_210, 3_127, 47_904, 3_611),
            AbTest("02", "Hero Homepage Headline", Running, now, 17, 21_874, 912, 22_051, 1_080),
            SmartLink("03", "Hero App Download", Running, now, 14, 9_310, 744),
            AbTest("04", "Hero Spring Launch", Paused, now, 60, 30_412, 1_530, 30_377, 1_498),
            AbTest("05", "Hero Members Welcome", Running, now, 6, 4_102, 188, 4_077, 240),
            AbTest("06", "Checkout Trust Badge", Running, now, 9, 12_740, 402, 12_688, 455),
            AbTest("07", "Newsletter Footer", Running, now, 3, 5_220, 95, 5_198, 101),
            SmartLink("08", "Onboarding Email Header", Running, now, 12, 7_801, 512),
            Scheduled("09", "Store Opening Hours", Running, now, 40, 2_233),
            AbTest("10", "Pricing Page Card", Paused, now, 33, 15_008, 600, 14_990, 655),
            Scheduled("11", "Black Friday Countdown", Draft, now, 2, 0),
            AbTest("12", "Referral Share Card", Completed, now, 90, 41_550, 2_004, 41_498, 2_377),
        ];

    /// <summary>The experiments of another team in the same service.</summary>
    public static Experiment[] OtherTeam(DateTimeOffset now) =>
        [AbTest("other_01", "Hero Of Another Team", Running, now, 30, 9_100, 410, 9_050, 422)];

    /// <summary>Any number of running A/B tests.</summary>
    public static Experiment[] Many(int count, DateTimeOffset now)
    {
        var experiments = new Experiment[count];
        for (int i = 1; i <= count; i++)
        {
            string number = i.ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
            string name = i % 2 == 0 ? $"Hero Banner {number}" : $"Footer Card {number}";
            experiments[i - 1] = AbTest(number, name, Running, now, 1, 100, 10, 100, 12);
        }

        return experiments;
    }

    private static Experiment AbTest(
        string number,
        string name,
        ExperimentStatus status,
        DateTimeOffset now,
        int ageInDays,
        long impressionsA,
        long clicksA,
        long impressionsB,
        long clicksB
    )
    {
        Experiment experiment = New(number, name, ExperimentType.AbTest, status, now, ageInDays);
        experiment.Hypothesis = $"A shorter headline on '{name}' brings more clicks.";
        experiment.GoalConfig = new GoalConfig
        {
            TypeText = ApiName.Of(GoalType.ClickThrough),
            DestinationUrl = "https://shop.example/landing",
        };
        experiment.BanditConfig = new BanditConfig
        {
            Enabled = false,
            AlgorithmText = ApiName.Of(BanditAlgorithm.ThompsonSampling),
            WarmupImpressions = ExperimentDefaults.WarmupImpressions,
            RecomputeIntervalMinutes = ExperimentDefaults.RecomputeIntervalMinutes,
        };
        experiment.Variants =
        [
            Variant("control", 5000, "Control", impressionsA, clicksA),
            Variant("short-headline", 5000, "Short headline", impressionsB, clicksB),
        ];
        if (status == Completed)
        {
            experiment.WinnerVariantId = "short-headline";
            experiment.WinnerDeclaredAtMoment = now.AddDays(-1);
        }

        return experiment;
    }

    private static Experiment SmartLink(
        string number,
        string name,
        ExperimentStatus status,
        DateTimeOffset now,
        int ageInDays,
        long impressions,
        long clicks
    )
    {
        Experiment experiment = New(number, name, ExperimentType.SmartLink, status, now, ageInDays);
        Variant mobile = Variant("mobile", 5000, "Mobile", impressions, clicks);
        mobile.Conditions = new Condition
        {
            TypeText = ApiName.Of(ConditionType.Group),
            Operator = "AND",
            Children =
            [
                new Condition
                {
                    TypeText = ApiName.Of(ConditionType.Rule),
                    Property = "device",
                    RuleOperator = "equals",
                    Value = "mobile",
                },
            ],
        };
        Variant desktop = Variant("desktop", 5000, "Everyone else", impressions / 2, clicks / 3);
        desktop.IsDefault = true;
        experiment.Variants = [mobile, desktop];
        return experiment;
    }

    private static Experiment Scheduled(
        string number,
        string name,
        ExperimentStatus status,
        DateTimeOffset now,
        int ageInDays,
        long impressions
    )
    {
        Experiment experiment = New(number, name, ExperimentType.Scheduled, status, now, ageInDays);
        Variant day = Variant("day", 5000, "Open", impressions, 0);
        day.Schedule = new Schedule
        {
            StartAtMoment = now.Date.AddHours(9),
            EndAtMoment = now.Date.AddHours(17),
            Recurrence = new Recurrence { TypeText = ApiName.Of(RecurrenceType.Daily), Timezone = "Europe/Amsterdam" },
        };
        Variant night = Variant("night", 5000, "Closed", impressions / 3, 0);
        night.IsDefault = true;
        experiment.Variants = [day, night];
        return experiment;
    }

    private static Experiment New(
        string number,
        string name,
        ExperimentType type,
        ExperimentStatus status,
        DateTimeOffset now,
        int ageInDays
    ) =>
        new()
        {
            Uid = $"{ExperimentRules.SandboxUidPrefix}{number}",
            Slug = name.ToLowerInvariant().Replace(' ', '-'),
            Name = name,
            TypeText = ApiName.Of(type),
            StatusText = ApiName.Of(status),
            TemplateUid = "tmpl_sandbox",
            MinimumSampleSize = ExperimentDefaults.MinimumSampleSize,
            ConfidenceThreshold = ExperimentDefaults.ConfidenceThreshold,
            MinimumRunDays = ExperimentDefaults.MinimumRunDays,
            OutputConfig = new OutputConfig
            {
                FormatText = ApiName.Of(ImageFormat.Png),
                Quality = ExperimentDefaults.Quality,
            },
            CreatedAtMoment = now.AddDays(-ageInDays),
            UpdatedAtMoment = now.AddDays(-1),
        };

    private static Variant Variant(string id, int weight, string name, long impressions, long clicks) =>
        new()
        {
            Id = id,
            Weight = weight,
            Name = name,
            IsDefault = false,
            Variables = new PlainObject { ["headline"] = name },
            Impressions = impressions,
            Clicks = clicks,
        };
}
