using System.Globalization;
using System.Net.Http;
using System.Text.RegularExpressions;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

public sealed partial class ListTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(1000)]
    public async Task Every_experiment_comes_exactly_once(int count)
    {
        var list = new FakeList(count);

        (List<string> uids, ListShift shift) = await Read(list);

        Assert.Equal(list.Uids, uids);
        Assert.Equal(ListShift.None, shift);
        Assert.Equal(Math.Max(1, (count + 99) / 100), list.Service.Requests.Count);
    }

    [Theory]
    [InlineData(Envelope.Total)]
    [InlineData(Envelope.Pagination)]
    [InlineData(Envelope.HasNextOnly)]
    [InlineData(Envelope.Nothing)]
    public async Task Every_envelope_is_read_to_its_end(Envelope envelope)
    {
        var list = new FakeList(250) { Envelope = envelope };

        (List<string> uids, _) = await Read(list);

        Assert.Equal(list.Uids, uids);
    }

    [Theory]
    [InlineData(Envelope.Total)]
    [InlineData(Envelope.HasNextOnly)]
    [InlineData(Envelope.Nothing)]
    public async Task A_service_that_gives_smaller_pages_than_asked_for_is_read_to_its_end(Envelope envelope)
    {
        var list = new FakeList(95) { Envelope = envelope, LargestPage = 20 };

        (List<string> uids, _) = await Read(list);

        Assert.Equal(list.Uids, uids);
    }

    [Fact]
    public async Task What_leaves_the_list_while_it_is_read_takes_nothing_else_along()
    {
        // As when running experiments are paused while only running ones are listed: the first page's leave the list,
        // and all later ones move up by a page.
        var list = new FakeList(500);
        string[] all = [.. list.Uids];
        list.BeforePage = page =>
        {
            if (page == 3)
            {
                list.Uids.RemoveRange(0, 100);
            }
        };

        (List<string> uids, ListShift shift) = await Read(list);

        Assert.Equal(all.Order(), uids.Order());
        Assert.Equal(ListShift.Recovered, shift);
    }

    [Fact]
    public async Task What_enters_the_list_while_it_is_read_comes_too_and_nothing_comes_twice()
    {
        var list = new FakeList(300);
        list.BeforePage = page =>
        {
            if (page == 2 && list.Uids.Count == 300)
            {
                list.Uids.Insert(0, "exp_new");
            }
        };

        (List<string> uids, ListShift shift) = await Read(list);

        Assert.Equal(list.Uids.Order(), uids.Order());
        Assert.Equal(ListShift.Recovered, shift);
    }

    [Fact]
    public async Task One_that_leaves_and_one_that_enters_later_do_not_hide_each_other()
    {
        var list = new FakeList(400);
        string[] all = [.. list.Uids, "exp_new"];
        list.BeforePage = page =>
        {
            if (page == 2)
            {
                list.Uids.Remove("exp_0");
            }
            else if (page == 3 && !list.Uids.Contains("exp_new"))
            {
                list.Uids.Add("exp_new");
            }
        };

        (List<string> uids, ListShift shift) = await Read(list);

        Assert.Equal(all.Order(), uids.Order());
        Assert.Equal(ListShift.Recovered, shift);
    }

    [Fact]
    public async Task A_list_that_never_stands_still_ends_and_says_so()
    {
        var list = new FakeList(300);
        int added = 0;
        list.BeforePage = _ => list.Uids.Insert(0, $"exp_new{added++}");

        (List<string> uids, ListShift shift) = await Read(list);

        Assert.Equal(ListShift.Unsettled, shift);
        Assert.Equal(uids.Count, uids.Distinct().Count());
        Assert.InRange(list.Service.Requests.Count, 4, 40);
    }

    [Fact]
    public async Task A_total_that_is_wrong_from_the_start_is_no_shift()
    {
        var list = new FakeList(150) { ClaimedTotal = 163 };

        (List<string> uids, ListShift shift) = await Read(list);

        Assert.Equal(list.Uids, uids);
        Assert.Equal(ListShift.None, shift);
    }

    [Fact]
    public async Task A_service_that_gives_the_same_page_for_ever_ends()
    {
        var list = new FakeList(50) { Envelope = Envelope.Nothing, IgnoresPage = true };

        (List<string> uids, _) = await Read(list);

        Assert.Equal(list.Uids, uids);
    }

    [Fact]
    public async Task The_next_pages_are_fetched_while_this_one_is_consumed_and_none_beyond_the_last()
    {
        var list = new FakeList(300);

        await foreach (ExperimentPage _ in list.Service.Client().ListAsync())
        {
            // Nothing was asked for yet but this page, and the next ones are already on their way.
            Assert.True(SpinWait.SpinUntil(() => list.Service.Requests.Count >= 3, TimeSpan.FromSeconds(10)));
            break;
        }

        Assert.Equal(3, list.Service.Requests.Count);
    }

    [Fact]
    public async Task Filters_are_the_services_own_words()
    {
        var list = new FakeList(1);
        var query = new ExperimentQuery { Status = ExperimentStatus.Running, Type = ExperimentType.AbTest };

        await foreach (ExperimentPage _ in list.Service.Client().ListAsync(query)) { }

        Assert.Equal(["GET /experiments/api?page=1&limit=100&status=running&type=ab_test"], list.Service.Requests);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(501)]
    public async Task A_collection_that_is_not_there_is_a_missing_feature(int status)
    {
        var service = new FakeService((_, _) => Answer(status, "<html>Cannot GET</html>", "text/html"));

        var error = await Assert.ThrowsAsync<PictifyException>(async () =>
        {
            await foreach (ExperimentPage _ in service.Client().ListAsync()) { }
        });

        Assert.Equal(PictifyErrorKind.FeatureUnavailable, error.Kind);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("<html>hello</html>", "It is an HTML page.")]
    [InlineData("{}", "{}")]
    [InlineData("[]", "[]")]
    [InlineData("{\"experiments\":[{\"uid\":\"e\"},", "{\"experiments")]
    [InlineData("{\"experiments\":\"none\"}", "{\"experiments")]
    public async Task A_page_that_is_none_is_an_error_with_its_first_words(string body, string words)
    {
        var service = new FakeService((_, _) => Answer(200, body, "text/html"));

        var error = await Assert.ThrowsAsync<PictifyException>(async () =>
        {
            await foreach (ExperimentPage _ in service.Client().ListAsync()) { }
        });

        Assert.Equal(PictifyErrorKind.InvalidResponse, error.Kind);
        Assert.Contains("HTTP 200", error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Each page after the first is held back until as many are requested as may be, so that all of these come together.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public async Task No_more_pages_are_requested_at_once_than_are_to_be_prefetched(int ahead, int together)
    {
        int now = 0;
        int most = 0;
        var list = new FakeList(1 + (6 * 100));
        var held = new TaskCompletionSource();
        var service = new FakeService(
            async (request, number, _) =>
            {
                lock (held)
                {
                    most = Math.Max(most, ++now);
                    if (now == together)
                    {
                        held.TrySetResult();
                    }
                }

                if (number > 1)
                {
                    await held.Task;
                }

                lock (held)
                {
                    now--;
                }

                return list.Page(request);
            }
        );

        int count = 0;
        await foreach (
            ExperimentPage page in service.Client().ListAsync(new ExperimentQuery { PagesAhead = 3 }.AtOnce(ahead))
        )
        {
            count += page.Experiments.Length;
        }

        Assert.Equal((601, together), (count, most));
    }

    private static async Task<(List<string> Uids, ListShift Shift)> Read(FakeList list)
    {
        var uids = new List<string>();
        ListShift shift = ListShift.None;
        await foreach (ExperimentPage page in list.Service.Client().ListAsync())
        {
            uids.AddRange(page.Experiments.Select(static experiment => experiment.Uid));
            shift = page.Shift;
        }

        return (uids, shift);
    }

    public enum Envelope
    {
        Total,
        Pagination,
        HasNextOnly,
        Nothing,
    }

    /// <summary>A list that can change between its pages.</summary>
    private sealed partial class FakeList
    {
        public FakeList(int count)
        {
            Uids = [.. Enumerable.Range(0, count).Select(static i => $"exp_{i}")];
            Service = new FakeService((request, _) => Page(request));
        }

        public FakeService Service { get; }

        public List<string> Uids { get; }

        public Envelope Envelope { get; init; }

        public int LargestPage { get; init; } = 100;

        public int? ClaimedTotal { get; init; }

        public bool IgnoresPage { get; init; }

        public Action<int>? BeforePage { get; set; }

        public HttpResponseMessage Page(HttpRequestMessage request)
        {
            lock (Uids)
            {
                int page = IgnoresPage
                    ? 1
                    : int.Parse(
                        PageNumber().Match(request.RequestUri!.Query).Groups[1].Value,
                        CultureInfo.InvariantCulture
                    );
                BeforePage?.Invoke(page);
                string items = string.Join(
                    ",",
                    Uids.Skip((page - 1) * LargestPage)
                        .Take(LargestPage)
                        .Select(static uid => $$$"""{"uid":"{{{uid}}}"}""")
                );
                string hasNext = page * LargestPage < Uids.Count ? "true" : "false";
                string rest = Envelope switch
                {
                    Envelope.Total => $",\"total\":{ClaimedTotal ?? Uids.Count}",
                    Envelope.Pagination => $",\"pagination\":{{\"total\":{Uids.Count},\"hasNext\":{hasNext}}}",
                    Envelope.HasNextOnly => $",\"pagination\":{{\"hasNext\":{hasNext}}}",
                    _ => "",
                };
                return Answer(200, $"{{\"experiments\":[{items}]{rest}}}");
            }
        }

        [GeneratedRegex(@"page=(\d+)")]
        private static partial Regex PageNumber();
    }
}
