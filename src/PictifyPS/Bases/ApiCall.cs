using System.Globalization;
using System.Management.Automation;
using System.Net.Http;
using System.Text;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>A request of Invoke-PictifyApi, which is checked, sent and recorded.</summary>
internal sealed record ApiCall
{
    private readonly string _method;
    private readonly string _path;
    private readonly byte[]? _json;

    private ApiCall(string method, string path, byte[]? json)
    {
        _method = method;
        _path = path;
        _json = json;
    }

    private bool IsRead => _method == "GET";

    /// <summary>Null, with the error, if nothing may be sent for this path and body.</summary>
    /// <param name="connection">The connection to send it on.</param>
    /// <param name="method">The HTTP method, in capitals.</param>
    /// <param name="path">The path, as it was given.</param>
    /// <param name="body">An object, which is converted to JSON, or a text, which is JSON.</param>
    /// <param name="error">The error, if it may not be sent.</param>
    public static ApiCall? Create(
        PictifyConnection connection,
        string method,
        string path,
        PSObject? body,
        out ErrorRecord? error
    )
    {
        byte[]? json = null;
        error =
            ApiPath.GetProblem(path, connection.BaseUri) is { } why ? InputErrors.InvalidPath(path, why)
            : SandboxGuard.Refuses(connection, Uri.UnescapeDataString(path))
                ? ConnectionErrors.SandboxUid(path, connection, path)
            : null;
        if (error is null && body is not null)
        {
            try
            {
                json = Json(body);
            }
            catch (FormatException exception)
            {
                error = InputErrors.NotJson(body, exception);
            }
        }

        if (json is not null && SandboxGuard.Refuses(connection, Encoding.UTF8.GetString(json)))
        {
            error = ConnectionErrors.SandboxUid(null, connection, body);
        }

        return error is null ? new ApiCall(method, ApiPath.Relative(path), json) : null;
    }

    /// <summary>The same request for one page of a list.</summary>
    /// <param name="number">The page, from 1.</param>
    public ApiCall Page(int number) =>
        new(
            _method,
            $"{_path}{(_path.Contains('?') ? '&' : '?')}page={number.ToString(CultureInfo.InvariantCulture)}",
            _json
        );

    /// <summary>Sends the request. One that is not a GET may change something, and is recorded.</summary>
    /// <exception cref="PictifyException">It failed.</exception>
    /// <exception cref="LedgerException">It has to be recorded, but cannot be; nothing was sent.</exception>
    public async Task<ApiResponse> SendAsync(
        PictifyClient client,
        RecordedRun? record,
        CancellationToken cancellationToken
    )
    {
        var request = new ApiRequest(IsRead ? RequestKind.Read : RequestKind.Other, new HttpMethod(_method), _path)
        {
            Body = _json,
            IdempotencyKey = _method == "POST" ? Guid.NewGuid().ToString("N") : null,
        };
        if (record is null)
        {
            return await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        ApiResponse? answer = null;
        LedgerEntry entry = record.NewEntry() with { Change = ChangeKind.Call, Detail = $"{_method} {_path}" };
        _ = await record
            .RunAsync(
                entry,
                async token =>
                {
                    (answer, ExperimentChange sent) = await client
                        .CallAsync(request, static _ => true, token)
                        .ConfigureAwait(false);
                    return sent;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return answer!;
    }

    private static byte[] Json(PSObject body) =>
        body.BaseObject is string text
            ? Encoding.UTF8.GetBytes(text)
            : PlainJson.Bytes(ApiObject.ToPlain(body, keepNames: true));
}
