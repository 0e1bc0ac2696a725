using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Downloads the image that a visitor of an experiment's public URL gets now.</summary>
/// <remarks>
/// <para>The service chooses a variant as for any visitor, so two calls may download different images, and each call may count as an
/// impression. The API key is not sent, neither to the service nor to an address to which it redirects. The file is written completely or
/// not at all: to a temporary file, which then replaces an existing one.</para>
/// </remarks>
/// <example>
/// <code>Save-PictifyExperimentImage hero-summer-sale</code>
/// <para>Writes hero-summer-sale.png into the current folder, and emits an object with the address of the image.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero*' -Status Running | Save-PictifyExperimentImage -Format webp -Path ./images -Force</code>
/// <para>Writes one file for each experiment, and overwrites existing files.</para>
/// </example>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso cref="SendPictifyEventCommand"/>
[Cmdlet(VerbsData.Save, "PictifyExperimentImage", SupportsShouldProcess = true)]
[OutputType(typeof(PictifyImage))]
public sealed class SavePictifyExperimentImageCommand : BulkCmdlet
{
    /// <summary>The experiments' slugs.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SlugCompleter))]
    public string[] Slug { get; set; } = [];

    /// <summary>
    /// The experiment's uid, if the input has one: no service is asked for an experiment of a sandbox.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BlankIsNull]
    [Text("Save-PictifyExperimentImage -Uid")]
    public string? Uid { get; set; }

    /// <summary>The file type to ask for: png, jpeg, jpg or webp. Default png.</summary>
    [Parameter]
    [ValidateSet(ImageFiles.Png, ImageFiles.Jpeg, ImageFiles.Jpg, ImageFiles.Webp)]
    [Text("Save-PictifyExperimentImage -Format")]
    public string Format { get; set; } = ImageFiles.Png;

    /// <summary>
    /// The folder to write to, which is created if it does not exist; or, if the name ends with .png, .jpeg, .jpg or .webp, the file for a
    /// single image. Default: the current folder.
    /// </summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [Text("Save-PictifyExperimentImage -Path")]
    public string Path { get; set; } = ".";

    /// <summary>Overwrites an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private string _target = "";
    private bool _isFile;

    /// <summary>The slug of the image for the single file.</summary>
    private string? _slugOfFile;

    private protected override string Activity => "Saving images";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Run.TakesUids = false;
        _target = FilePath.Resolve(this, Path, "-Path");

        // The name decides, because pipeline input cannot be counted in advance.
        _isFile = !Directory.Exists(_target) && ImageFiles.HasImageExtension(_target);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string slug in Slug)
        {
            if (SandboxGuard.Refuses(Current, Uid) || SandboxGuard.Refuses(Current, slug))
            {
                Run.SubmitError(ConnectionErrors.SandboxUid(Uid ?? slug, Current, slug));
                continue;
            }

            if (ExperimentRules.GetSlugProblem(slug) is { } why)
            {
                Run.SubmitError(InputErrors.Invalid("slug", [new FieldError("slug", why)], slug));
                continue;
            }

            string file = _isFile ? _target : System.IO.Path.Combine(_target, $"{slug}.{Format}");
            if (_isFile && (_slugOfFile ??= slug) != slug)
            {
                Run.SubmitError(FileErrors.OneFile(file, slug));
                continue;
            }

            if (File.Exists(file) && !Force)
            {
                Run.SubmitError(FileErrors.FileExists(file, slug));
            }
            else if (ShouldProcess(file, $"Save the image of '{slug}' from {Current}"))
            {
                Run.Submit(slug, $"'{slug}'", async token => await SaveAsync(slug, file, token).ConfigureAwait(false));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Run.Finish();

    private async Task<PictifyImage> SaveAsync(string slug, string file, CancellationToken cancellationToken)
    {
        ExperimentImage image = await Client.GetImageAsync(slug, Format, cancellationToken).ConfigureAwait(false);
        Write(file, image.Bytes);
        return new PictifyImage(
            slug,
            file,
            image.Bytes.Count,
            image.ContentType,
            image.RedirectTarget,
            image.VariantId
        );
    }

    private void Write(string file, ArraySegment<byte> bytes)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            WholeFile.Write(
                file,
                bytes,
                replaces: Force,
                static path => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)
            );
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw FileErrors.FileNotWritten(file, exception);
        }
    }
}
