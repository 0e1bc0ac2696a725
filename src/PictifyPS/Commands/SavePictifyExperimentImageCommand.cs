using System.Management.Automation;
using System.Net.Http;
using Pictify;
using Pictify.Http;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Downloads the image that a visitor of an experiment's public URL gets now.</summary>
/// <remarks>
/// <para>The service chooses a variant as it does for any visitor, so that two calls may bring two images, and each call may
/// count as an impression. The API key is not sent, neither to the service nor to where it redirects. The file is written
/// whole or not at all.</para>
/// </remarks>
/// <example>
/// <code>Save-PictifyExperimentImage hero-summer-sale</code>
/// <para>Writes hero-summer-sale.png into the current folder, and says where the image came from.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero*' -Status Running | Save-PictifyExperimentImage -Format webp -Path ./images -Force</code>
/// <para>One file for each experiment, over those that are there.</para>
/// </example>
[Cmdlet(VerbsData.Save, "PictifyExperimentImage", SupportsShouldProcess = true)]
[OutputType(typeof(PictifyImage))]
public sealed class SavePictifyExperimentImageCommand : BulkCmdlet
{
    /// <summary>The experiments' slugs.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SlugCompleter))]
    public string[] Slug { get; set; } = [];

    /// <summary>The file type to ask for: png, jpeg, jpg or webp. Default png.</summary>
    [Parameter]
    [ValidateSet("png", "jpeg", "jpg", "webp")]
    public string Format { get; set; } = "png";

    /// <summary>The folder to write to, or for a single slug the file. Default: the current folder.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = ".";

    /// <summary>Writes over a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Activity => "Saving images";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string slug in Slug)
        {
            if (ExperimentRules.WhyNotSlug(slug) is { } why)
            {
                SubmitError(Errors.Invalid("slug", [new FieldError("slug", why)], slug));
                continue;
            }

            string target = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path);
            string file =
                Directory.Exists(target) || !System.IO.Path.HasExtension(target)
                    ? System.IO.Path.Combine(target, $"{slug}.{Format}")
                    : target;
            if (File.Exists(file) && !Force)
            {
                SubmitError(Errors.FileExists(file, slug));
            }
            else if (ShouldProcess(file, $"Save the image of '{slug}' from {Current}"))
            {
                Submit(slug, $"'{slug}'", async token => await SaveAsync(slug, file, token).ConfigureAwait(false));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Finish();

    private async Task<PictifyImage> SaveAsync(string slug, string file, CancellationToken cancellationToken)
    {
        ApiResponse answer = await GetAsync($"s/{slug}.{Format.ToLowerInvariant()}", cancellationToken)
            .ConfigureAwait(false);
        string? variantId = answer.Header("X-Variant-Id");
        Uri? redirect = null;
        if (answer.StatusCode is >= 300 and < 400)
        {
            redirect = Target(answer);
            answer = await GetAsync(redirect.AbsoluteUri, cancellationToken).ConfigureAwait(false);
        }

        if (!answer.IsSuccess || answer.ContentType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw ErrorReader.NotOurs(answer, "is no image");
        }

        string folder = System.IO.Path.GetDirectoryName(file)!;
        string unfinished = System.IO.Path.Combine(folder, $".{Guid.NewGuid():N}.part");
        try
        {
            Directory.CreateDirectory(folder);
            using (FileStream stream = File.Create(unfinished))
            {
                stream.Write(answer.Body.Array!, answer.Body.Offset, answer.Body.Count);
            }

            File.Copy(unfinished, file, overwrite: Force);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"The image cannot be written to '{file}': {exception.Message}",
                exception
            );
        }
        finally
        {
            File.Delete(unfinished);
        }

        return new PictifyImage(
            slug,
            file,
            answer.Body.Count,
            answer.ContentType!,
            redirect,
            SafeText.Clean(variantId)
        );
    }

    private Task<ApiResponse> GetAsync(string path, CancellationToken cancellationToken) =>
        Client.SendAsync(
            new ApiRequest(RequestKind.Read, HttpMethod.Get, path) { Authenticated = false, TakesRedirect = true },
            cancellationToken
        );

    private Uri Target(ApiResponse answer) =>
        Uri.TryCreate(Current.BaseUri, answer.Header("Location") ?? "", out Uri? target)
        && (target.Scheme == "https" || (target.Scheme == "http" && target.IsLoopback && Current.BaseUri.IsLoopback))
            ? target
            : throw ErrorReader.NotOurs(answer, "redirects to no https address");
}
