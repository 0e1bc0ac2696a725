namespace Pictify;

/// <summary>The service's rules for an experiment's variants: their ids, weights, conditions and schedules.</summary>
internal static class VariantRules
{
    public const int TotalWeight = 10_000;
    public const int MaximumConditionDepth = 3;

    private static readonly HashSet<string> _comparisons =
    [
        "equals",
        "not_equals",
        "contains",
        "not_contains",
        "starts_with",
        "ends_with",
        "gt",
        "lt",
        "gte",
        "lte",
    ];

    /// <summary>Adds every rule that all the variants of an experiment break.</summary>
    public static void CheckAll(ReadableList<Variant> variants, List<FieldError> errors)
    {
        if (variants.Count < 2)
        {
            errors.Add(FieldTable.Variants.Error($"must be at least 2, and are {variants.Count}"));
        }

        for (int i = 0; i < variants.Count; i++)
        {
            Check(variants[i], $"{FieldTable.Variants.Name}[{i}].", errors);
        }

        foreach (
            IGrouping<string, Variant> same in variants.GroupBy(static variant => variant.Id, StringComparer.Ordinal)
        )
        {
            if (same.Count() > 1)
            {
                errors.Add(FieldTable.Variants.Error($"must have unique ids, and '{same.Key}' is used twice"));
            }
        }

        long sum = variants.Sum(static variant => (long)(variant.Weight ?? 0));
        if (variants.Count > 0 && sum != TotalWeight)
        {
            errors.Add(
                FieldTable.Variants.Error($"must have weights that sum to {TotalWeight} basis points, and sum to {sum}")
            );
        }
    }

    /// <summary>Adds every rule that one variant breaks, by itself.</summary>
    /// <param name="variant">The variant.</param>
    /// <param name="path">The prefix of its fields' names.</param>
    /// <param name="errors">The list that they are added to.</param>
    public static void Check(Variant variant, string path, List<FieldError> errors)
    {
        if (!ValueRules.Identifier.IsMatch(variant.Id ?? ""))
        {
            errors.Add(new FieldError($"{path}id", "must be letters, digits, '_' and '-'"));
        }

        if (variant.Weight is not (>= 0 and <= TotalWeight))
        {
            errors.Add(new FieldError($"{path}weight", $"must be 0 to {TotalWeight} basis points"));
        }

        if (variant.Conditions is { } conditions)
        {
            CheckCondition(conditions, 1, $"{path}conditions", errors);
        }

        if (variant.Schedule is { } schedule)
        {
            CheckSchedule(schedule, $"{path}schedule", errors);
        }
    }

    private static void CheckSchedule(Schedule schedule, string path, List<FieldError> errors)
    {
        if (schedule.StartAtMoment >= schedule.EndAtMoment)
        {
            errors.Add(new FieldError(path, "must end after it starts"));
        }

        if (schedule.Recurrence is { } recurrence)
        {
            ValueRules.CheckWord<RecurrenceType>(recurrence.TypeText, $"{path}.recurrence.type", errors);
            if (recurrence.Type == RecurrenceType.Cron && string.IsNullOrWhiteSpace(recurrence.CronExpression))
            {
                errors.Add(new FieldError($"{path}.recurrence.cronExpression", "is required for type cron"));
            }
        }
    }

    private static void CheckCondition(Condition condition, int depth, string path, List<FieldError> errors)
    {
        if (depth > MaximumConditionDepth)
        {
            errors.Add(new FieldError(path, $"must be nested {MaximumConditionDepth} deep at most"));
            return;
        }

        switch (condition.Type)
        {
            case ConditionType.Group:
                if (condition.Operator is not ("AND" or "OR"))
                {
                    errors.Add(new FieldError($"{path}.operator", "must be AND or OR"));
                }

                ReadableList<Condition> children = condition.Children ?? [];
                if (children.Count == 0)
                {
                    errors.Add(new FieldError($"{path}.children", "must not be empty"));
                }

                for (int i = 0; i < children.Count; i++)
                {
                    CheckCondition(children[i], depth + 1, $"{path}.children[{i}]", errors);
                }

                break;
            case ConditionType.Rule:
                if (string.IsNullOrWhiteSpace(condition.Property))
                {
                    errors.Add(new FieldError($"{path}.property", "is required"));
                }

                if (condition.Comparison is null || !_comparisons.Contains(condition.Comparison))
                {
                    errors.Add(
                        new FieldError($"{path}.ruleOperator", $"must be one of {string.Join(", ", _comparisons)}")
                    );
                }

                break;
            default:
                errors.Add(new FieldError($"{path}.type", "must be group or rule"));
                break;
        }
    }
}
