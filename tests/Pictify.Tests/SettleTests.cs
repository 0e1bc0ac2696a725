using System.Net.Http;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>Creates that are open, settled by one list of the service.</summary>
public sealed class SettleTests
{
    /// <summary>They are asked about while the list is still being read, and none takes it for complete before it is.</summary>
    [Fact]
    public async Task Open_creates_that_are_settled_at_once_are_all_found_in_one_list()
    {
        var listed = new TaskCompletionSource();
        DateTimeOffset now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        using var service = new FakeService(
            async (_, _, token) =>
            {
                await listed.Task.WaitAsync(token);
                return FakeService.Answer(200, List());
            }
        );
        using PictifyConnection connection = service.Connect();
        PictifyLedger ledger = PictifyLedger.InMemory();
        var room = new PictifyOperations(connection, ledger);
        OperationRun run = room.Begin("New");
        for (int number = 0; number < 4; number++)
        {
            await ledger.AppendAsync(
                run.NewEntry() with
                {
                    Kind = LedgerKind.Intent,
                    Change = ChangeKind.Create,
                    Slug = $"new-{number}",
                    AfterText = "draft",
                }
            );
        }

        using SettleSession session = (await room.BeginSettleAsync(run.Operation.Id))!;
        Task<LedgerEntry>[] asked = [.. session.UnknownEntries.Select(entry => session.SettleAsync(entry))];
        Assert.Equal(4, asked.Length);
        listed.SetResult();
        LedgerEntry[] settled = await Task.WhenAll(asked);

        Assert.All(settled, static entry => Assert.Equal(ChangeOutcome.Changed, entry.Outcome));
        Assert.Equal(["exp_0", "exp_1", "exp_2", "exp_3"], settled.Select(static entry => entry.Uid!).Order());
        Assert.Equal(4, (await ledger.FindOperationAsync(run.Operation.Id))!.Changed);
        Assert.Single(service.Requests);

        string List()
        {
            string created = now.UtcDateTime.ToString("O");
            string[] drafts =
            [
                .. Enumerable
                    .Range(0, 4)
                    .Select(number =>
                        $$"""{"uid":"exp_{{number}}","slug":"new-{{number}}","name":"New","status":"draft","createdAt":"{{created}}"}"""
                    ),
            ];
            return $$"""{"experiments":[{{string.Join(",", drafts)}}],"total":4,"page":1,"limit":100}""";
        }
    }
}
