namespace PictifyPS.Bases;

/// <summary>Waits for tasks on a thread that can write nothing any more, so that nothing has to be invoked on it meanwhile.</summary>
internal static class BlockingWait
{
    /// <summary>
    /// Blocks until the task is completed, however it ends; it does not throw. The failure counts as observed, so that .NET does not report
    /// it.
    /// </summary>
    public static void UntilCompleted(Task task) =>
        task.ContinueWith(
                static completed => _ = completed.Exception,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            )
            .Wait();
}
