namespace Pictify.Http;

/// <summary>
/// A list's pages one by one, without a type of a package: what .NET has as IAsyncEnumerable, .NET Framework has in one, and
/// the cmdlets are one assembly for both.
/// </summary>
internal sealed class PageReader(IAsyncEnumerator<ExperimentPage> pages)
{
    /// <summary>The next page; null after the last.</summary>
    public async Task<ExperimentPage?> NextAsync() =>
        await pages.MoveNextAsync().ConfigureAwait(false) ? pages.Current : null;

    /// <summary>Takes back what was fetched ahead; those are reads, and end at once.</summary>
    public Task CloseAsync() => pages.DisposeAsync().AsTask();
}
