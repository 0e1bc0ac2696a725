using System.Globalization;

namespace Pictify.Sandbox;

/// <content>How a request is answered: the route, the key, and injected faults.</content>
public sealed partial class PictifySandbox
{
    internal async Task<SandboxAnswer> AnswerAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        PictifySandboxOptions options;
        FaultInjector faults;
        SandboxFault fault;
        lock (_sync)
        {
            options = _options;
            faults = _faults;
            fault = faults.Next();
            string name = Route(request).Name;
            _requests[name] = _requests.TryGetValue(name, out int count) ? count + 1 : 1;
            _mostAtOnce = Math.Max(_mostAtOnce, ++_inProgress);
        }

        try
        {
            TimeSpan wait = options.Latency + faults.Delay(fault);
            if (wait > TimeSpan.Zero)
            {
                await Platform.Delay(options.TimeProvider, wait, cancellationToken).ConfigureAwait(false);
            }

            while (Held is { } held)
            {
                await Platform.WaitAsync(held, cancellationToken).ConfigureAwait(false);
            }

            lock (_sync)
            {
                return Process(request, faults, fault);
            }
        }
        finally
        {
            // Before the answer is sent: a client that has received it may send the next request at once.
            lock (_sync)
            {
                _inProgress--;
            }
        }
    }

    private Task? Held
    {
        get
        {
            lock (_sync)
            {
                return _held?.Task;
            }
        }
    }

    private SandboxAnswer Process(SandboxRequest request, FaultInjector faults, SandboxFault fault)
    {
        (string name, Func<SandboxAnswer> answer) = Route(request);
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        bool isPublic = name.IndexOf(" /s/", StringComparison.Ordinal) > 0;
        RateWindow? window = WindowOf(request, name, isPublic, now);
        SandboxAnswer result =
            faults.FailBefore(fault, now)?.In(_options.Style, request)
            ?? FaultInjector.FailAfter(
                fault,
                (
                    (isPublic ? null : Authenticate(request))
                    ?? LimitRate(window, now)
                    ?? RefuseEmptyJson(request)
                    ?? answer()
                ).In(_options.Style, request)
            );

        // The body of a repeated answer comes from the cache, but its headers do not.
        result = result with
        {
            Fault = fault,
            Headers = new Dictionary<string, string>(result.Headers, StringComparer.OrdinalIgnoreCase),
        };
        TimeSpan wrong = FaultInjector.ClockError(fault);
        result.Headers["Date"] = (now + wrong).ToString("R", CultureInfo.InvariantCulture);
        if (
            window is not null
            && (_options.Style == SandboxStyle.Problem || result.Refusal is { Code: SandboxRefusal.RateLimitCode })
        )
        {
            result.Headers["X-RateLimit-Limit"] = Text(window.Limit);
            result.Headers["X-RateLimit-Remaining"] = Text(Math.Max(0, window.Limit - window.Requests));
            result.Headers["X-RateLimit-Reset"] = Text(CeilingSeconds(window.End + wrong));
        }

        return result;
    }

    private (string Name, Func<SandboxAnswer> Answer) Route(SandboxRequest request)
    {
        string[] parts = request.Segments;
        if (parts.Length > 1 && parts[0] == "experiments" && parts[1] == "api")
        {
            return _options.HasExperiments ? RouteExperiments(request, parts) : NoExperiments(request);
        }

        return parts.Length > 1 && parts[0] is "s" or "rendered" ? RoutePublic(request, parts) : Unknown(request);
    }

    private (string Name, Func<SandboxAnswer> Answer) RouteExperiments(SandboxRequest request, string[] parts) =>
        (request.Method, parts.Length, parts.Length == 4 ? parts[3] : null) switch
        {
            ("GET", 2, _) => ("GET list", () => List(request)),
            ("POST", 2, _) => ("POST create", () => Once(request, () => Create(request))),
            ("GET", 3, _) when parts[2] == "quota" => ("GET quota", () => Quota(request)),
            ("GET", 3, _) => ("GET experiment", () => Get(request, parts[2])),
            ("PUT", 3, _) => ("PUT experiment", () => Update(request, parts[2])),
            ("DELETE", 3, _) => ("DELETE experiment", () => Delete(request, parts[2])),
            ("POST", 4, "pause") => (
                "POST pause",
                () => Once(request, () => Transition(request, parts[2], ExperimentStatus.Paused, "paused"))
            ),
            ("POST", 4, "start") => (
                "POST start",
                () => Once(request, () => Transition(request, parts[2], ExperimentStatus.Running, "started"))
            ),
            ("POST", 4, "complete") => ("POST complete", () => Once(request, () => Complete(request, parts[2]))),
            _ => Unknown(request),
        };

    private static (string Name, Func<SandboxAnswer> Answer) Unknown(SandboxRequest request) =>
        ($"{request.Method} unknown", static () => SandboxAnswer.NotFound("such endpoint"));

    private (string Name, Func<SandboxAnswer> Answer) NoExperiments(SandboxRequest request) =>
        _options.Style == SandboxStyle.Problem
            ? Unknown(request)
            : (
                $"{request.Method} unknown",
                static () =>
                    SandboxAnswer.Refuse(
                        501,
                        "not_configured",
                        "Not configured",
                        "Experiments are not configured on this server."
                    )
            );

    /// <summary>The request's API key; null if it has none.</summary>
    private static string? KeyOf(SandboxRequest request) =>
        request.Header("Authorization") is { } text && text.StartsWith(KeyScheme, StringComparison.OrdinalIgnoreCase)
            ? text.Substring(KeyScheme.Length).Trim()
            : null;

    /// <summary>The team whose experiments the request is about.</summary>
    private string TeamOf(SandboxRequest request) =>
        _options.TeamOf is { } teamOf && KeyOf(request) is { } key ? teamOf(key) : OwnTeam;

    /// <summary>A test key behaves like any other, except that the plan's quota does not apply to it.</summary>
    private static bool IsTestKey(SandboxRequest request) =>
        KeyOf(request)?.StartsWith("pk_test_", StringComparison.Ordinal) == true;

    private bool IsOf(string uid, string team) =>
        (_teams.TryGetValue(uid, out string? owner) ? owner : OwnTeam) == team;

    private SandboxAnswer? Authenticate(SandboxRequest request)
    {
        if (_options.AcceptKey is not { } accept)
        {
            return null;
        }

        return KeyOf(request) is { } key && (accept(key) || TeamOf(request) != OwnTeam)
            ? null
            : SandboxAnswer.Refuse(
                401,
                "unauthorized",
                "Unauthorized",
                "The API key is missing, malformed or revoked."
            );
    }

    /// <summary>The service's web framework refuses an empty body with a JSON content type.</summary>
    private static SandboxAnswer? RefuseEmptyJson(SandboxRequest request) =>
        request.Method != "GET"
        && request.Body.Length == 0
        && request.Header("Content-Type")?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true
            ? SandboxAnswer.Refuse(
                400,
                "empty_json_body",
                "Bad Request",
                "Body cannot be empty when content-type is set to 'application/json'."
            )
            : null;
}
