namespace Pictify.Sandbox;

/// <content>The requests that change an experiment's status, or remove it.</content>
public sealed partial class PictifySandbox
{
    private SandboxAnswer Delete(SandboxRequest request, string uid)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        if (experiment.Status == ExperimentStatus.Running)
        {
            return StateConflict(
                experiment,
                "experiment_running",
                "A running experiment must be paused or completed before it is deleted."
            );
        }

        experiment.StatusText = ApiName.Of(ExperimentStatus.Archived);
        AppliedChanges++;
        experiment.UpdatedAtMoment = _options.TimeProvider.GetUtcNow();
        return SandboxAnswer.Json(200, new Dictionary<string, object?> { ["deleted"] = true });
    }

    private SandboxAnswer Transition(SandboxRequest request, string uid, ExperimentStatus wanted, string done)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        IReadOnlyList<ExperimentStatus> allowed = ExperimentRules.TransitionsFrom(experiment.Status);
        if (!allowed.Contains(wanted))
        {
            return StateConflict(
                experiment,
                "invalid_transition",
                $"An experiment that is {experiment.StatusText} cannot be {done}.",
                ("allowedTransitions", allowed.Select(static s => ApiName.Of(s)).ToList())
            );
        }

        experiment.StatusText = ApiName.Of(wanted);
        AppliedChanges++;
        experiment.UpdatedAtMoment = _options.TimeProvider.GetUtcNow();
        return Show(experiment);
    }

    private SandboxAnswer Complete(SandboxRequest request, string uid)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        _ = Read(request, out Experiment? body, out _);
        if (body?.WinnerVariantId is not { } winner || experiment.Variants.All(variant => variant.Id != winner))
        {
            return Invalid(SandboxShape.WinnerVariantId, "must be one of the experiment's variants");
        }

        SandboxAnswer answer = Transition(request, uid, ExperimentStatus.Completed, "completed");
        if (answer.Status != 200)
        {
            return answer;
        }

        experiment.WinnerVariantId = winner;
        experiment.WinnerDeclaredAtMoment = experiment.UpdatedAtMoment;
        return Show(experiment);
    }

    private static SandboxAnswer StateConflict(
        Experiment experiment,
        string code,
        string detail,
        params (string Name, object? Value)[] more
    ) => SandboxAnswer.Refuse(409, code, "State conflict", detail, [("currentStatus", experiment.StatusText), .. more]);
}
