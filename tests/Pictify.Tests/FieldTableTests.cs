using System.Net.Http;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Pictify.Http;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>The table of an experiment's fields: that none is forgotten, and that a row is all that a field needs.</summary>
public sealed class FieldTableTests
{
    /// <summary>Fields that the service sets itself, and that no create or update takes.</summary>
    private static readonly string[] _ofTheService =
    [
        "uid",
        "status",
        "winnerVariantId",
        "winnerDeclaredAt",
        "renderProgress",
        "createdAt",
        "updatedAt",
    ];

    /// <summary>For each field a value, in JSON, that an experiment has only where it was given.</summary>
    private static readonly Dictionary<string, string> _values = new()
    {
        ["name"] = "\"Another name\"",
        ["slug"] = "\"another-slug\"",
        ["type"] = "\"smart_link\"",
        ["templateUid"] = "\"tmpl_2\"",
        ["variants"] = """[{"id":"x","weight":2500,"isDefault":true},{"id":"y","weight":7500,"isDefault":false}]""",
        ["hypothesis"] = "\"Shorter is better.\"",
        ["minimumSampleSize"] = "2345",
        ["confidenceThreshold"] = "0.875",
        ["minimumRunDays"] = "9",
        ["minimumDetectableEffect"] = "0.125",
        ["fallbackImageUrl"] = "\"https://shop.example/x.png\"",
        ["fallbackTemplateUid"] = "\"tmpl_3\"",
        ["banditConfig"] =
            """{"enabled":true,"algorithm":"epsilon_greedy","warmupImpressions":71,"recomputeIntervalMinutes":31}""",
        ["outputConfig"] = """{"format":"webp","quality":41}""",
        ["startAt"] = "\"2027-01-02T03:04:05Z\"",
        ["endAt"] = "\"2027-02-02T03:04:05Z\"",
        ["expiresAt"] = "\"2027-03-02T03:04:05Z\"",
        ["goalConfig"] = """{"type":"click_through","destinationUrl":"https://shop.example/new"}""",
    };

    public static TheoryData<string> Names => [.. FieldTable.Api.Rows.Select(static row => row.Name)];

    [Fact]
    public void Every_property_of_an_experiment_is_in_the_table_or_the_services_own() =>
        Assert.Empty(WithoutRow(FieldTable.Api));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_property_without_a_row_is_found(string name) =>
        Assert.Equal(name, Assert.Single(WithoutRow(Without(name)).Distinct()));

    [Fact]
    public void A_row_is_what_JSON_has_under_its_name()
    {
        foreach (ExperimentField field in FieldTable.Api.Rows)
        {
            Type type = Assert.Single(JsonOf(typeof(Experiment)), json => json.Name == field.Name).PropertyType;
            Assert.Equal(KindOf(type), field.Kind);
            Assert.Equal(
                field.Kind == FieldKind.Object ? JsonOf(type).Select(static p => (p.Name, KindOf(p.PropertyType))) : [],
                field.Parts.Select(static part => (part.Name, part.Kind))
            );
            Assert.All(field.Parts, part => Assert.Equal($"{field.Name}.{part.Name}", part.Path));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_create_writes_the_field(string name)
    {
        PictifySandbox sandbox = Sandbox(FieldTable.Api);
        JsonElement plain = await SendAsync(sandbox, HttpMethod.Post, "", BodyWith("slug", "\"plain\""));
        JsonElement created = await SendAsync(sandbox, HttpMethod.Post, "", BodyWith(name, _values[name]));

        JsonElement read = await SendAsync(sandbox, HttpMethod.Get, $"/{created.GetProperty("uid")}");

        Assert.True(Holds(read, name, _values[name]), $"{name} is {read}");
        Assert.False(Holds(plain, name, _values[name]), "that is so without it");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_update_writes_the_field_and_no_other(string name)
    {
        PictifySandbox sandbox = Sandbox(FieldTable.Api);
        JsonElement before = await SendAsync(sandbox, HttpMethod.Post, "", BodyWith("slug", "\"hero\""));
        string path = $"/{before.GetProperty("uid")}";

        JsonElement answered = await SendAsync(sandbox, HttpMethod.Put, path, $$"""{"{{name}}":{{_values[name]}}}""");
        JsonElement read = await SendAsync(sandbox, HttpMethod.Get, path);

        Assert.False(Holds(before, name, _values[name]), "that was so before");
        Assert.True(Holds(answered, name, _values[name]), $"{name} is {answered}");
        Assert.True(Holds(read, name, _values[name]), $"{name} is {read}");
        Assert.Equal(TextsBut(before, name), TextsBut(read, name));
    }

    /// <summary>That nothing but its row makes the sandbox take a field.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_field_without_a_row_is_not_written(string name)
    {
        PictifySandbox sandbox = Sandbox(FieldTable.Api);
        JsonElement before = await SendAsync(sandbox, HttpMethod.Post, "", BodyWith("slug", "\"hero\""));
        string path = $"/{before.GetProperty("uid")}";
        sandbox.Options = sandbox.Options with { Fields = Without(name) };

        await SendAsync(sandbox, HttpMethod.Put, path, $$"""{"{{name}}":{{_values[name]}}}""");

        JsonElement read = await SendAsync(sandbox, HttpMethod.Get, path);
        Assert.False(Holds(read, name, _values[name]), $"{name} is {read}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_copy_takes_the_field_over(string name)
    {
        string[] givenAnew = ["name", "slug"];
        Experiment original = JsonSerializer.Deserialize(
            BodyWith(name, _values[name]),
            PictifyJson.Default.Experiment
        )!;

        JsonElement copy = JsonSerializer.SerializeToElement(
            original.CopyAs("copied", "Copied"),
            PictifyJson.Default.Experiment
        );

        Assert.Equal(!givenAnew.Contains(name), Holds(copy, name, _values[name]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_preview_shows_the_field_and_an_update_sends_it(string name)
    {
        Experiment wanted = JsonSerializer.Deserialize(BodyWith(name, _values[name]), PictifyJson.Default.Experiment)!;
        var present = new Experiment();
        ExperimentField field = FieldTable.Api.Find(name)!;
        var changes = new FieldChanges(FieldTable.Api);
        changes.Add(field, field.Get(wanted));

        Assert.StartsWith(name, changes.Differences(present), StringComparison.Ordinal);
        Assert.StartsWith(name, changes.Differences(null), StringComparison.Ordinal);
        using JsonDocument body = JsonDocument.Parse(PlainJson.Bytes(changes.Body(present)));
        Assert.Equal([name], body.RootElement.EnumerateObject().Select(static sent => sent.Name));
        Assert.True(Holds(body.RootElement, name, _values[name]), $"{body.RootElement}");
    }

    [Fact]
    public void What_may_change_in_a_status_is_as_the_reference_says()
    {
        Assert.Equal(
            ["name", "confidenceThreshold", "minimumRunDays", "goalConfig.destinationUrl"],
            FieldTable.Api.EditableIn(ExperimentStatus.Running)!
        );
        Assert.Equal(["name"], FieldTable.Api.EditableIn(ExperimentStatus.Completed)!);
        Assert.Null(FieldTable.Api.EditableIn(ExperimentStatus.Draft));
        Assert.Null(FieldTable.Api.EditableIn(ExperimentStatus.Paused));
    }

    /// <summary>What is not given of an object stays, also a part that this version does not know; what is given of it is sent.</summary>
    [Fact]
    public void The_parts_of_an_object_that_are_not_given_stay()
    {
        Experiment present = JsonSerializer.Deserialize(
            """{"outputConfig":{"format":"png","quality":50,"dpi":72,"depth":8}}""",
            PictifyJson.Default.Experiment
        )!;
        var changes = new FieldChanges(FieldTable.Api);
        changes.Add(
            FieldTable.OutputConfig,
            PlainJson.To<OutputConfig>(PlainJson.Parse("""{"quality":60,"dpi":300}"""))
        );

        Assert.Equal(
            """{"outputConfig":{"format":"png","quality":60,"dpi":300,"depth":8}}""",
            Encoding.UTF8.GetString(PlainJson.Bytes(changes.Body(present)))
        );
        Assert.Equal("outputConfig.quality 50 -> 60, outputConfig.dpi 72 -> 300", changes.Differences(present));
        Assert.Equal(50, present.OutputConfig!.Quality);
    }

    /// <summary>
    /// Two fields that an experiment has no property for: their JSON is kept among what is not known, so that all that is seen here, and
    /// goes beyond keeping it, comes from their rows.
    /// </summary>
    [Fact]
    public async Task A_row_is_all_that_a_new_field_needs()
    {
        ExperimentField audience = Kept<string?>("audience", "everyone", ExperimentStatus.Running);
        ExperimentField cohort = Kept<long?>("cohort", 1);
        var table = new FieldTable([.. FieldTable.Api.Rows, audience, cohort]);
        PictifySandbox sandbox = Sandbox(table);
        var client = new PictifyClient(new PictifyConnection(new PictifyConnectionOptions { Sandbox = sandbox }));
        FieldChanges Given(params (ExperimentField Field, object? Value)[] given)
        {
            var changes = new FieldChanges(table);
            foreach ((ExperimentField field, object? value) in given)
            {
                changes.Add(field, value);
            }

            return changes;
        }

        // A create takes the one, and has the default of the other.
        Experiment wanted = JsonSerializer.Deserialize(BodyWith("slug", "\"hero\""), PictifyJson.Default.Experiment)!;
        Given((audience, "staff")).ApplyTo(wanted);
        Experiment draft = await client.CreateAsync(wanted).Created();
        Assert.Equal(("staff", 1L), (audience.Get(draft), cohort.Get(draft)));

        // A draft takes both; the preview says so.
        FieldChanges both = Given((cohort, 2L), (audience, "guests"));
        Assert.Equal("audience 'staff' -> 'guests', cohort 1 -> 2", both.Differences(draft));
        Assert.Null(ChangePreview.GetEditRefusal(draft, both.Changed(draft), both.Names, table));
        draft = await client.UpdateAsync(draft.Uid, both.Body(draft), draft).Created();
        Assert.Equal(("guests", 2L), (audience.Get(draft), cohort.Get(draft)));

        // What is cleared has its default again, and a value of another kind is refused.
        draft = await client.UpdateAsync(draft.Uid, Given((audience, null)).Body(draft), draft).Created();
        Assert.Equal("everyone", audience.Get(draft));
        AssertRefused("audience", await client.UpdateAsync(draft.Uid, Wrong("audience", 7)));
        AssertRefused("cohort", await client.UpdateAsync(draft.Uid, Wrong("cohort", "x")));

        // While it runs, the one may change, and the other may not.
        await client.StartAsync(draft.Uid).Done();
        Experiment running = await client.GetAsync(draft.Uid);
        FieldChanges open = Given((audience, "guests"));
        FieldChanges locked = Given((cohort, 3L));
        Assert.Equal(
            [.. FieldTable.Api.EditableIn(ExperimentStatus.Running)!, "audience"],
            table.EditableIn(running.Status)!
        );
        Assert.Null(ChangePreview.GetEditRefusal(running, open.Changed(running), open.Names, table));
        PictifyException foretold = ChangePreview.GetEditRefusal(
            running,
            locked.Changed(running),
            locked.Names,
            table
        )!;
        Assert.Contains(
            "audience may change in that status, and not cohort",
            foretold.Message,
            StringComparison.Ordinal
        );
        running = await client.UpdateAsync(running.Uid, open.Body(running), running).Created();
        AssertRefused("cohort", await client.UpdateAsync(running.Uid, locked.Body(running)));
        Assert.Equal(("guests", 2L), (audience.Get(running), cohort.Get(running)));

        // A copy has them; without the rows it has neither.
        Experiment copy = table.CopyForDraft(running);
        Assert.Equal(("guests", 2L), (audience.Get(copy), cohort.Get(copy)));
        Assert.Null(FieldTable.Api.CopyForDraft(running).Extra);
        sandbox.Options = sandbox.Options with { Fields = FieldTable.Api };
        AssertRefused("audience", await client.UpdateAsync(running.Uid, open.Body(running)));
    }

    /// <summary>A field whose JSON is kept among what an experiment has no property for.</summary>
    private static ExperimentField<T> Kept<T>(string name, T byDefault, params ExperimentStatus[] openIn) =>
        new(
            name,
            experiment =>
                experiment.Extra?.TryGetValue(name, out JsonElement json) == true ? json.Deserialize<T>()! : default!,
            (experiment, value) =>
            {
                experiment.Extra ??= [];
                experiment.Extra[name] = JsonSerializer.SerializeToElement(value);
            }
        )
        {
            OpenIn = openIn,
            WithDefaults = value => value is null ? byDefault : value,
        };

    private static Dictionary<string, object?> Wrong(string name, object value) => new() { [name] = value };

    private static void AssertRefused(string field, ExperimentChange change)
    {
        Assert.Equal(PictifyErrorKind.Validation, change.Error?.Kind);
        Assert.Contains(field, change.Error!.FieldErrors.Select(static error => error.Field));
    }

    private static FieldTable Without(string name) => new([.. FieldTable.Api.Rows.Where(field => field.Name != name)]);

    /// <summary>The JSON names of what an experiment has, may be set, and is neither in the table nor the service's own.</summary>
    private static IEnumerable<string> WithoutRow(FieldTable table) =>
        JsonOf(typeof(Experiment))
            .Select(static json => json.Name)
            .Concat(
                typeof(Experiment)
                    .GetProperties()
                    .Where(static property => property.GetSetMethod() is not null)
                    .Select(static property =>
                        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
                        ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name)
                    )
            )
            .Where(name => table.Find(name) is null && !_ofTheService.Contains(name));

    private static JsonPropertyInfo[] JsonOf(Type type) =>
        [
            .. PictifyJson
                .Default.GetTypeInfo(type)!
                .Properties.Where(static json => json is { Get: not null, Set: not null, IsExtensionData: false }),
        ];

    private static FieldKind KindOf(Type type) =>
        type == typeof(string) ? FieldKind.Text
        : type == typeof(int?) ? FieldKind.Whole
        : type == typeof(long?) ? FieldKind.Count
        : type == typeof(double?) ? FieldKind.Number
        : type == typeof(bool?) ? FieldKind.Flag
        : type == typeof(DateTimeOffset?) ? FieldKind.Date
        : type == typeof(ReadableList<Variant>) ? FieldKind.List
        : FieldKind.Object;

    private static PictifySandbox Sandbox(FieldTable fields) =>
        new(new PictifySandboxOptions { Experiments = [], Fields = fields });

    /// <summary>A new experiment's body, with a field in it or in place of its own.</summary>
    private static string BodyWith(string name, string value)
    {
        var fields = new Dictionary<string, string>
        {
            ["name"] = "\"Hero\"",
            ["slug"] = "\"hero\"",
            ["type"] = "\"ab_test\"",
            ["variants"] = """[{"id":"a","weight":5000},{"id":"b","weight":5000}]""",
            [name] = value,
        };
        return $"{{{string.Join(",", fields.Select(static field => $"\"{field.Key}\":{field.Value}"))}}}";
    }

    /// <summary>Sends a request about an experiment, and gives the one that the answer shows.</summary>
    private static async Task<JsonElement> SendAsync(
        PictifySandbox sandbox,
        HttpMethod method,
        string path,
        string? body = null
    )
    {
        using var invoker = new HttpMessageInvoker(new SandboxHandler(sandbox));
        using var request = new HttpRequestMessage(method, new Uri(sandbox.BaseUri, $"experiments/api{path}"));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        using JsonDocument answer = JsonDocument.Parse(text);
        return answer.RootElement.GetProperty("experiment").Clone();
    }

    /// <summary>Whether a field is there with at least what the JSON says.</summary>
    private static bool Holds(JsonElement experiment, string name, string json)
    {
        using JsonDocument expected = JsonDocument.Parse(json);
        return experiment.TryGetProperty(name, out JsonElement actual) && Holds(actual, expected.RootElement);
    }

    private static bool Holds(JsonElement actual, JsonElement expected) =>
        actual.ValueKind == expected.ValueKind
        && expected.ValueKind switch
        {
            JsonValueKind.Object => expected
                .EnumerateObject()
                .All(part => actual.TryGetProperty(part.Name, out JsonElement own) && Holds(own, part.Value)),
            JsonValueKind.Array => actual.GetArrayLength() == expected.GetArrayLength()
                && actual.EnumerateArray().Zip(expected.EnumerateArray(), Holds).All(static same => same),
            _ => actual.GetRawText() == expected.GetRawText(),
        };

    private static IEnumerable<string> TextsBut(JsonElement experiment, string name) =>
        experiment
            .EnumerateObject()
            .Where(field => field.Name != name && field.Name != "updatedAt")
            .Select(static field => $"{field}");
}
