using System.Text;

namespace Pictify.Sandbox;

/// <content>The public endpoints for visitors and their pages: images, clicks, pixels and events. They need no key.</content>
public sealed partial class PictifySandbox
{
    /// <summary>A transparent GIF of one pixel.</summary>
    private static readonly byte[] _pixel = Convert.FromBase64String(
        "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    );

    private int _served;

    private (string Name, Func<SandboxAnswer> Answer) RoutePublic(SandboxRequest request, string[] parts) =>
        (request.Method, parts.Length, parts[parts.Length - 1]) switch
        {
            ("POST", 2, "events") when parts[0] == "s" => ("POST /s/events", () => TakeEvents(request)),
            ("GET", 3, "click") when parts[0] == "s" => ("GET /s/click", () => Click(parts[1])),
            ("GET", 3, "pixel.gif") when parts[0] == "s" => ("GET /s/pixel", () => Pixel(parts[1])),
            ("GET", 2, var file) when parts[0] == "s" => ("GET /s/image", () => Image(request, file)),
            ("GET", 3, var file) when parts[0] == "rendered" => ("GET /s/rendered", () => Rendered(file)),
            _ => Unknown(request),
        };

    private SandboxAnswer Image(SandboxRequest request, string file)
    {
        int dot = file.LastIndexOf('.');
        string format = dot < 0 ? "" : file.Substring(dot + 1);
        if (
            dot < 0
            || format is not (ImageFiles.Png or ImageFiles.Jpeg or ImageFiles.Jpg or ImageFiles.Webp)
            || BySlug(file.Substring(0, dot)) is not { } experiment
        )
        {
            return SandboxAnswer.NotFound("such image");
        }

        if (experiment.ExpiresAtMoment <= _options.TimeProvider.GetUtcNow())
        {
            return SandboxAnswer.Refuse(410, "expired", "Gone", "The experiment has expired.");
        }

        if (Choose(experiment) is not { } variant)
        {
            return SandboxAnswer.NotFound("image: the experiment is not running");
        }

        Count(experiment, variant.Id, clicked: false);
        var answer = new SandboxAnswer(302, [], "text/plain");
        answer.Headers["Location"] =
            $"{request.Uri.GetLeftPart(UriPartial.Authority)}/rendered/{experiment.Uid}/{variant.Id}.{format}";
        answer.Headers["Cache-Control"] = "no-store";
        answer.Headers["X-Variant-Id"] = variant.Id;
        return answer;
    }

    private static SandboxAnswer Rendered(string file)
    {
        string format = file.Substring(file.LastIndexOf('.') + 1);
        string type = format == ImageFiles.Jpg ? ImageFiles.Jpeg : format;

        // The sandbox renders nothing: after the file type's first bytes, the content names the image that the service would render.
        byte[] signature = type switch
        {
            ImageFiles.Png => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
            ImageFiles.Jpeg => [0xFF, 0xD8, 0xFF],
            _ => Encoding.ASCII.GetBytes("RIFF"),
        };
        return new SandboxAnswer(200, [.. signature, .. Encoding.UTF8.GetBytes(file)], $"image/{type}");
    }

    private SandboxAnswer Click(string slug)
    {
        if (
            BySlug(slug) is not { Status: ExperimentStatus.Running or ExperimentStatus.Completed } experiment
            || string.IsNullOrEmpty(experiment.GoalConfig?.DestinationUrl)
            || Choose(experiment) is not { } variant
        )
        {
            return SandboxAnswer.NotFound("such link");
        }

        Count(experiment, variant.Id, clicked: true);
        var answer = new SandboxAnswer(302, [], "text/plain");
        answer.Headers["Location"] = experiment.GoalConfig!.DestinationUrl!;
        return answer;
    }

    private SandboxAnswer Pixel(string slug)
    {
        if (BySlug(slug) is { Status: ExperimentStatus.Running } experiment && Choose(experiment) is { } variant)
        {
            Count(experiment, variant.Id, clicked: false);
        }

        return new SandboxAnswer(200, _pixel, "image/gif");
    }

    private SandboxAnswer TakeEvents(SandboxRequest request)
    {
        object? body;
        try
        {
            body = PlainJson.Parse(request.Body);
        }
        catch (System.Text.Json.JsonException)
        {
            return Invalid("body", "is no JSON");
        }

        List<object?> events = body is List<object?> list ? list : [body];
        if (events.Count is 0 or > EventRules.MaximumBatchSize)
        {
            return Invalid("body", $"must be 1 to {EventRules.MaximumBatchSize} events");
        }

        var errors = new List<object?>();
        bool hasKey = !string.IsNullOrEmpty(request.Header("X-Write-Key"));
        for (int i = 0; i < events.Count; i++)
        {
            var fields = events[i] as IReadOnlyDictionary<string, object?>;
            hasKey |=
                fields?.TryGetValue(EventFields.WriteKey, out object? key) == true && key is string { Length: > 0 };
            if (GetEventProblem(fields) is { } why)
            {
                errors.Add(new Dictionary<string, object?> { ["index"] = i, ["error"] = why });
            }
        }

        AppliedChanges++;
        var answer = new Dictionary<string, object?>
        {
            ["ok"] = true,
            ["processed"] = events.Count - errors.Count,
            ["errors"] = errors,
        };
        if (!hasKey)
        {
            answer["warning"] = "write_key_recommended";
        }

        return SandboxAnswer.Json(200, answer);
    }

    /// <summary>Counts the event; returns a text with the reason if it cannot be counted.</summary>
    private string? GetEventProblem(IReadOnlyDictionary<string, object?>? fields)
    {
        if (EventRules.GetProblem(fields) is { } why)
        {
            return why;
        }

        string? Text(string name) => fields!.TryGetValue(name, out object? value) ? value as string : null;
        if (BySlug(Text(EventFields.Experiment)!) is not { } experiment)
        {
            return $"{EventFields.Experiment} is not the slug of an experiment";
        }

        if (experiment.Status != ExperimentStatus.Running)
        {
            return $"the experiment is {experiment.StatusText}";
        }

        string? variantId = Text(EventFields.VariantId) ?? Choose(experiment)?.Id;
        if (experiment.Variants.All(variant => variant.Id != variantId))
        {
            return $"{EventFields.VariantId} is none of the experiment's variants";
        }

        string kind = Text(EventFields.Event)!;
        if (kind is EventRules.Impression or EventRules.View or EventRules.Click)
        {
            Count(experiment, variantId!, clicked: kind == EventRules.Click);
        }

        return null;
    }

    /// <summary>A running experiment's variant, chosen in turn by weight; a completed one's winner; else null.</summary>
    private Variant? Choose(Experiment experiment)
    {
        if (experiment.Status == ExperimentStatus.Completed)
        {
            return experiment.Variants.FirstOrDefault(variant => variant.Id == experiment.WinnerVariantId);
        }

        if (experiment.Status != ExperimentStatus.Running || experiment.Variants.Count == 0)
        {
            return null;
        }

        // A step near the golden ratio that has no common factor with the total spreads evenly, and in the same order each time.
        int point = (int)((long)_served++ * 6_181 % VariantRules.TotalWeight);
        foreach (Variant variant in experiment.Variants)
        {
            point -= variant.Weight ?? 0;
            if (point < 0)
            {
                return variant;
            }
        }

        return experiment.Variants[0];
    }

    private static void Count(Experiment experiment, string variantId, bool clicked)
    {
        Variant variant = experiment.Variants.First(variant => variant.Id == variantId);
        if (clicked)
        {
            variant.Clicks = (variant.Clicks ?? 0) + 1;
        }
        else
        {
            variant.Impressions = (variant.Impressions ?? 0) + 1;
        }
    }
}
