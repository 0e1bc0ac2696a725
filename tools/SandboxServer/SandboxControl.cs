using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pictify;
using Pictify.Sandbox;

namespace SandboxServer;

/// <summary>
/// The path <c>/__sandbox</c>, with which a test of any client, outside this process, reads and controls the sandbox. A request
/// to it is not a request to the sandbox: it needs no key, is not counted, and no fault is injected into it.
/// </summary>
internal sealed class SandboxControl
{
    public const string Path = "/__sandbox";

    private readonly Lock _oneAtATime = new();
    private readonly PictifySandbox _sandbox;
    private readonly SandboxClock _clock;
    private readonly PictifySandboxOptions _start;

    public SandboxControl(PictifySandbox sandbox)
    {
        _sandbox = sandbox;
        _clock = new SandboxClock(sandbox.Options.TimeProvider);
        _start = sandbox.Options with { TimeProvider = _clock };
        sandbox.Options = _start;
    }

    public async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Method)
        {
            case "GET":
                await WriteAsync(context, StatusCodes.Status200OK, Show());
                break;
            case "POST":
                try
                {
                    using JsonDocument body = await JsonDocument.ParseAsync(
                        context.Request.Body,
                        cancellationToken: context.RequestAborted
                    );
                    Apply(body.RootElement);
                    context.Response.StatusCode = StatusCodes.Status204NoContent;
                }
                // The second is thrown for a text with half of a surrogate pair, which the parser accepts.
                catch (Exception exception) when (exception is JsonException or InvalidOperationException)
                {
                    await RefuseAsync(
                        context,
                        StatusCodes.Status400BadRequest,
                        $"The body is no JSON: {exception.Message}"
                    );
                }
                catch (FormatException exception)
                {
                    await RefuseAsync(context, StatusCodes.Status400BadRequest, exception.Message);
                }

                break;
            default:
                context.Response.Headers.Allow = "GET, POST";
                await RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, $"{Path} takes GET and POST.");
                break;
        }
    }

    private JsonObject Show()
    {
        var requests = new JsonObject();
        foreach ((string name, int count) in _sandbox.Requests)
        {
            requests[name] = count;
        }

        return new JsonObject
        {
            ["requests"] = requests,
            ["changeRequests"] = _sandbox.ChangeRequests,
            ["inProgress"] = _sandbox.InProgress,
            ["mostAtOnce"] = _sandbox.MostAtOnce,
            ["appliedChanges"] = _sandbox.AppliedChanges,
            ["experiments"] = Show(_sandbox.Experiments),
            ["otherExperiments"] = Show(_sandbox.ExperimentsOf(SandboxSettings.OtherTeam)),
        };
    }

    private static JsonArray Show(IReadOnlyList<Experiment> experiments) =>
        new([.. experiments.Select(static experiment => JsonSerializer.SerializeToNode(experiment, SandboxJson.Bare))]);

    private void Apply(JsonElement body)
    {
        lock (_oneAtATime)
        {
            // All of it is read and checked before any of it is applied, so that a bad field changes nothing.
            SandboxSettings settings = SandboxSettings.Read(body, _sandbox.Options, _start);
            TimeSpan ahead = settings.Reset ? TimeSpan.Zero : _clock.Ahead;
            DateTimeOffset real = _clock.GetUtcNow() - _clock.Ahead;
            ahead = (settings.Clock is { } time ? time - real : ahead) + settings.Advance;
            if (real + ahead > SandboxSettings.LastTime)
            {
                throw new FormatException($"advance must not go past the year {SandboxSettings.LastTime.Year}.");
            }

            // The clock is set first, because new experiments have its dates.
            _clock.Ahead = ahead;
            _sandbox.Options = settings.Options;
            if (settings.Reset)
            {
                _sandbox.Reset();
            }

            if (settings.Generate is { } count)
            {
                _sandbox.Generate(count);
            }

            if (settings.Experiments is { } experiments)
            {
                _sandbox.Replace(experiments);
            }

            if (settings.RestartsWindow)
            {
                _sandbox.RestartRateLimitWindow();
            }

            _sandbox.IsHeld = settings.Hold ?? (!settings.Reset && _sandbox.IsHeld);
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string message) =>
        WriteAsync(context, status, new JsonObject { ["message"] = message });

    private static Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}
