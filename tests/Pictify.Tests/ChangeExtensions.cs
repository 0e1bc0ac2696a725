using Pictify.Http;

namespace Pictify.Tests;

/// <summary>What a change came to, for tests that expect it to be done, or its error to be thrown.</summary>
internal static class ChangeExtensions
{
    public static async Task<ExperimentChange> Done(this Task<ExperimentChange> change) => (await change).EnsureDone();

    public static async Task<Experiment> Created(this Task<ExperimentChange> change) =>
        (await change).EnsureDone().Experiment!;

    public static async Task<bool> Removed(this Task<ExperimentChange> change) => (await change).EnsureDone().Changed;
}
