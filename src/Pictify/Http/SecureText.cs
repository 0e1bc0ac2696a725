using System.Runtime.InteropServices;
using System.Security;
using System.Text;

namespace Pictify.Http;

/// <summary>Reads secure strings, and clears every copy that it makes of them.</summary>
internal static class SecureText
{
    /// <summary>Calls a function with the characters, which are cleared afterwards.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed of.</exception>
    public static T Read<T>(SecureString secret, Func<char[], T> use)
    {
        IntPtr memory = Marshal.SecureStringToGlobalAllocUnicode(secret);
        var text = new char[secret.Length];
        try
        {
            Marshal.Copy(memory, text, 0, text.Length);
            return use(text);
        }
        finally
        {
            Array.Clear(text, 0, text.Length);
            Marshal.ZeroFreeGlobalAllocUnicode(memory);
        }
    }

    /// <summary>The secret as UTF-8; the caller clears it.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed of.</exception>
    public static byte[] Utf8(SecureString secret) => Read(secret, static text => Encoding.UTF8.GetBytes(text));
}
