using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Xml.Linq;

namespace PictifyPS.Tests;

/// <summary>README's picture as programs draw it, pixel by pixel. Starts them; where one is not installed, its test is skipped and says so.</summary>
public sealed class PictureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pictify").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [DrawnBy("rsvg-convert")]
    public void Its_columns_stand_apart_in_librsvg() => CheckPicture("rsvg-convert");

    [DrawnBy("chromium", "chromium-browser", "google-chrome")]
    public void Its_columns_stand_apart_in_Chromium() => CheckPicture("chromium", "chromium-browser", "google-chrome");

    private static XDocument Svg() => XDocument.Load(Path.Combine(Repository.Root, "docs", "table.svg"));

    private void CheckPicture(params string[] programs)
    {
        XDocument svg = Svg();
        IReadOnlyList<Word> words = Word.Of(svg);
        foreach (
            string[] columns in (string[][])
                [
                    ["Name", "Status", "Change", "PausedUntil", "Uid"],
                    ["Name", "Status", "Type", "Impressions", "Uid"],
                ]
        )
        {
            Assert.Single(
                words.GroupBy(static word => word.Y),
                line => columns.SequenceEqual(line.Select(static w => w.Text))
            );
        }

        Assert.Empty(Misplaced(Draw(DrawnByAttribute.Find(programs)!, svg), words));

        // Without its places, every word of a line stands beside the one before; that must be seen, or this test says nothing.
        foreach (XElement span in svg.Descendants().Where(static element => element.Name.LocalName == "tspan"))
        {
            if (span.ElementsBeforeSelf().Any())
            {
                span.SetAttributeValue("x", null);
            }
        }

        Assert.True(
            Misplaced(Draw(DrawnByAttribute.Find(programs)!, svg), words).Count > words.Count / 2,
            "A picture without columns was not told from one with them."
        );
    }

    /// <summary>
    /// The words that do not begin at their x: there is ink in the 4 pixels before it, which are the end of the space between
    /// two words or columns, or none in the 6 from there on.
    /// </summary>
    private static List<string> Misplaced(Pixels pixels, IReadOnlyList<Word> words) =>
        [
            .. words
                .Where(word =>
                {
                    int x = (int)Math.Round(word.X);
                    return pixels.HasInk(x - 5, x - 1, word.Y) || !pixels.HasInk(x - 1, x + 6, word.Y);
                })
                .Select(static word => $"{word.Text} at {word.X}, {word.Y}"),
        ];

    private Pixels Draw(string program, XDocument svg)
    {
        string from = Path.Combine(_folder, "picture.svg");
        string to = Path.Combine(_folder, "picture.png");
        File.Delete(to);
        svg.Save(from, SaveOptions.DisableFormatting);
        string width = svg.Root!.Attribute("width")!.Value;
        string height = svg.Root.Attribute("height")!.Value;
        string[] arguments = program.EndsWith("rsvg-convert", StringComparison.Ordinal)
            ? ["-o", to, from]
            :
            [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--force-device-scale-factor=1",
                $"--user-data-dir={Path.Combine(_folder, "profile")}",
                $"--window-size={width},{height}",
                $"--screenshot={to}",
                new Uri(from).AbsoluteUri,
            ];
        (int exit, string output) = PwshProcess.Run(new ProcessStartInfo(program, arguments));
        Assert.True(exit == 0 && File.Exists(to), $"{program} ended with exit code {exit}.\n{output}");
        return Pixels.Read(File.ReadAllBytes(to));
    }

    private sealed record Word(string Text, double X, int Y)
    {
        public static IReadOnlyList<Word> Of(XDocument svg) =>
            [
                .. svg.Descendants()
                    .Where(static element => element.Name.LocalName == "tspan")
                    .Select(static span => new Word(
                        span.Value,
                        double.Parse(span.Attribute("x")!.Value, CultureInfo.InvariantCulture),
                        int.Parse(span.Parent!.Attribute("y")!.Value, CultureInfo.InvariantCulture)
                    )),
            ];
    }

    /// <summary>What a PNG of 8 bits a channel shows, without the packages that would decode any.</summary>
    private sealed class Pixels(byte[] bytes, int width, int height, int channels)
    {
        private static readonly byte[] _background = [0x1e, 0x1e, 0x2e];

        public static Pixels Read(byte[] png)
        {
            int Number(int at) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            using var packed = new MemoryStream();
            int width = 0,
                height = 0,
                channels = 0;
            for (int at = 8; at < png.Length; at += Number(at) + 12)
            {
                switch (System.Text.Encoding.ASCII.GetString(png, at + 4, 4))
                {
                    case "IHDR":
                        (width, height) = (Number(at + 8), Number(at + 12));
                        channels = png[at + 17] switch
                        {
                            2 => 3,
                            6 => 4,
                            byte other => throw new InvalidDataException(
                                $"A PNG of colour type {other} is not expected."
                            ),
                        };
                        Assert.Equal((8, 0), (png[at + 16], png[at + 20]));
                        break;
                    case "IDAT":
                        packed.Write(png, at + 8, Number(at));
                        break;
                }
            }

            packed.Position = 0;
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
            int stride = width * channels;
            byte[] bytes = new byte[stride * height];
            for (int y = 0; y < height; y++)
            {
                int filter = zlib.ReadByte();
                zlib.ReadExactly(bytes, y * stride, stride);
                for (int i = 0; i < stride; i++)
                {
                    int at = (y * stride) + i;
                    int left = i >= channels ? bytes[at - channels] : 0;
                    int up = y > 0 ? bytes[at - stride] : 0;
                    int corner = i >= channels && y > 0 ? bytes[at - stride - channels] : 0;
                    bytes[at] += (byte)(
                        filter switch
                        {
                            1 => left,
                            2 => up,
                            3 => (left + up) / 2,
                            4 => Paeth(left, up, corner),
                            _ => 0,
                        }
                    );
                }
            }

            return new Pixels(bytes, width, height, channels);
        }

        /// <summary>Whether anything but background is between two columns, in the line of text on this baseline.</summary>
        public bool HasInk(int from, int to, int baseline)
        {
            const int ascent = 12,
                descent = 4,
                tolerance = 40;
            for (int y = baseline - ascent; y < Math.Min(baseline + descent, height); y++)
            {
                for (int x = from; x < Math.Min(to, width); x++)
                {
                    for (int channel = 0; channel < _background.Length; channel++)
                    {
                        if (
                            Math.Abs(bytes[(((y * width) + x) * channels) + channel] - _background[channel]) > tolerance
                        )
                        {
                            return true;
                        }
                    }
                }
            }

            return false;
        }

        /// <summary>The predictor of the PNG specification: the neighbour that is nearest to left + up - corner.</summary>
        private static int Paeth(int left, int up, int corner)
        {
            int guess = left + up - corner;
            int toLeft = Math.Abs(guess - left);
            int toUp = Math.Abs(guess - up);
            int toCorner = Math.Abs(guess - corner);
            return toLeft <= toUp && toLeft <= toCorner ? left
                : toUp <= toCorner ? up
                : corner;
        }
    }
}

/// <summary>A test that needs one of these programs on the path, and is skipped with the reason where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DrawnByAttribute : FactAttribute
{
    public DrawnByAttribute(params string[] programs)
    {
        if (Find(programs) is null)
        {
            Skip = $"None of these is installed: {string.Join(", ", programs)}.";
        }
    }

    public static string? Find(params string[] programs) =>
        programs
            .SelectMany(static program =>
                (Environment.GetEnvironmentVariable("PATH") ?? "")
                    .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                    .Select(folder => Path.Combine(folder, program))
            )
            .FirstOrDefault(File.Exists);
}
