using System.Text;

namespace Pictify.Http;

/// <summary>
/// Replaces secrets in answers with asterisks, because servers and proxies may repeat the headers that they were sent. Every answer
/// is masked before it is parsed, so that no error, warning, object or file shows a secret. Detected are the secret in any letter
/// case; its JSON, URL and HTML escapes, also of some characters only; its base64, also inside longer encoded text; its hexadecimal
/// digits; and its beginning, if the text ends within it.
/// </summary>
internal sealed class SecretMask : IDisposable
{
    /// <summary>Shorter texts are not masked: they would match in any text.</summary>
    private const int ShortestSecret = 4;

    /// <summary>The shortest beginning of a longer secret that is masked.</summary>
    private const int ShortestBeginning = 12;

    private const byte Asterisk = (byte)'*';

    private readonly List<byte[]> _plain = [];
    private readonly List<byte[]> _encoded = [];

    /// <summary>True if there are no secrets.</summary>
    public bool IsEmpty => _plain.Count == 0;

    /// <summary>Adds a secret; the mask owns the bytes and clears them.</summary>
    public void Add(byte[] secret)
    {
        if (secret.Length < ShortestSecret)
        {
            return;
        }

        _plain.Add(secret);
        for (int offset = 0; offset < 3; offset++)
        {
            AddBase64(secret, offset);
        }

        string digits = BitConverter.ToString(secret).Replace("-", "");
        _encoded.Add(Encoding.ASCII.GetBytes(digits));
        _encoded.Add(Encoding.ASCII.GetBytes(digits.ToLowerInvariant()));
    }

    /// <summary>Masks every secret in these bytes, in place.</summary>
    public void Apply(Span<byte> bytes)
    {
        foreach (byte[] secret in _plain)
        {
            MaskPlain(bytes, secret);
        }

        foreach (byte[] text in _encoded)
        {
            Span<byte> rest = bytes;
            for (int at; (at = rest.IndexOf(text)) >= 0; rest = rest.Slice(at + text.Length))
            {
                rest.Slice(at, text.Length).Fill(Asterisk);
            }
        }
    }

    /// <summary>The text with every secret masked.</summary>
    public string Apply(string text)
    {
        if (IsEmpty || text.Length < ShortestSecret)
        {
            return text;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] before = (byte[])bytes.Clone();
        Apply(bytes);
        return bytes.AsSpan().SequenceEqual(before) ? text : Encoding.UTF8.GetString(bytes);
    }

    public void Dispose()
    {
        foreach (byte[] secret in _plain.Concat(_encoded))
        {
            Array.Clear(secret, 0, secret.Length);
        }

        _plain.Clear();
        _encoded.Clear();
    }

    /// <summary>Adds the base64 of the secret at this offset in a text, without the digits that also depend on the adjacent bytes.</summary>
    private void AddBase64(byte[] secret, int offset)
    {
        byte[] shifted = new byte[offset + secret.Length];
        secret.CopyTo(shifted, offset);
        string text = Convert.ToBase64String(shifted).TrimEnd('=');
        Array.Clear(shifted, 0, shifted.Length);
        int first = (offset * 8 + 5) / 6;
        int end = shifted.Length * 8 / 6;
        string own = text.Substring(first, end - first);
        _encoded.Add(Encoding.ASCII.GetBytes(own));
        string forUrls = own.Replace('+', '-').Replace('/', '_');
        if (forUrls != own)
        {
            _encoded.Add(Encoding.ASCII.GetBytes(forUrls));
        }
    }

    private static void MaskPlain(Span<byte> bytes, byte[] secret)
    {
        ReadOnlySpan<byte> begins = [Lower(secret[0]), Upper(secret[0]), (byte)'%', (byte)'\\', (byte)'&'];
        for (int at = 0; ; )
        {
            int found = bytes.Slice(at).IndexOfAny(begins);
            if (found < 0)
            {
                return;
            }

            at += found;
            int length = LengthOf(bytes.Slice(at), secret);
            bytes.Slice(at, length).Fill(Asterisk);
            at += Math.Max(length, 1);
        }
    }

    /// <summary>The length, in the text, of the secret that it begins with; 0 if it begins with none.</summary>
    private static int LengthOf(ReadOnlySpan<byte> text, byte[] secret)
    {
        int at = 0;
        int known = 0;
        while (known < secret.Length && LengthOfOne(text.Slice(at), secret[known]) is > 0 and var length)
        {
            at += length;
            known++;
        }

        return known == secret.Length || known >= ShortestBeginning ? at : 0;
    }

    /// <summary>The length, in the text, of this character, plain or escaped; 0 if the text begins with another one.</summary>
    private static int LengthOfOne(ReadOnlySpan<byte> text, byte wanted)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        if (Lower(text[0]) == Lower(wanted))
        {
            return 1;
        }

        int at = 0;
        switch (text[0])
        {
            case (byte)'%':
                // A text that was escaped twice has %25 for %.
                for (at = 1; text.Length >= at + 2 && text[at] == '2' && text[at + 1] == '5'; at += 2) { }

                return IsCode(text.Slice(at), 2, wanted) ? at + 2 : 0;
            case (byte)'\\':
                while (at < text.Length && text[at] == '\\')
                {
                    at++;
                }

                if (at < text.Length && text[at] == 'u')
                {
                    return IsCode(text.Slice(at + 1), 4, wanted) ? at + 5 : 0;
                }

                return at < text.Length && text[at] == 'x' && IsCode(text.Slice(at + 1), 2, wanted) ? at + 3
                    : at < text.Length && Lower(text[at]) == Lower(wanted) ? at + 1
                    : 0;
            case (byte)'&':
                return LengthOfEntity(text, wanted);
            default:
                return 0;
        }
    }

    private static int LengthOfEntity(ReadOnlySpan<byte> text, byte wanted)
    {
        if (text.Length < 4 || text[1] != '#')
        {
            return 0;
        }

        bool isHex = text[2] is (byte)'x' or (byte)'X';
        int value = 0;
        int at = isHex ? 3 : 2;
        for (; at < Math.Min(text.Length, 12) && text[at] != ';'; at++)
        {
            int digit = Digit(text[at]);
            if (digit < 0 || (!isHex && digit > 9))
            {
                return 0;
            }

            value = Math.Min(value * (isHex ? 16 : 10) + digit, 0x110000);
        }

        return at < text.Length && text[at] == ';' && value < 256 && Lower((byte)value) == Lower(wanted) ? at + 1 : 0;
    }

    private static bool IsCode(ReadOnlySpan<byte> digits, int count, byte wanted)
    {
        int value = 0;
        for (int i = 0; i < count; i++)
        {
            int digit = i < digits.Length ? Digit(digits[i]) : -1;
            if (digit < 0)
            {
                return false;
            }

            value = value * 16 + digit;
        }

        return value < 256 && Lower((byte)value) == Lower(wanted);
    }

    private static int Digit(byte c) =>
        c switch
        {
            >= (byte)'0' and <= (byte)'9' => c - '0',
            >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
            _ => -1,
        };

    private static byte Lower(byte c) => c is >= (byte)'A' and <= (byte)'Z' ? (byte)(c | 0x20) : c;

    private static byte Upper(byte c) => c is >= (byte)'a' and <= (byte)'z' ? (byte)(c & ~0x20) : c;
}
