using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pictify.Ledger;

/// <summary>
/// Excludes other writers from a file, but no reader. The lock is on the file itself, by the handle that writes, so that every
/// name of the file has the same lock; the operating system releases it when the process ends.
/// </summary>
internal static class LedgerLock
{
    /// <summary>One byte far after the end of any ledger: on Windows no other handle can read a locked byte.</summary>
    private const long Offset = 1L << 62;

    /// <summary>Takes the lock, until the file is closed; false if another handle has it, in this process or another.</summary>
    /// <exception cref="IOException">The file system has no locks.</exception>
    public static bool TryTake(FileStream file)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            return Unix.TryTake(file.SafeFileHandle);
        }
#endif
        try
        {
            file.Lock(Offset, 1);
            return true;
        }
        catch (IOException exception) when (IsBusy(exception))
        {
            return false;
        }
    }

    /// <summary>Releases the lock; on .NET, except on Windows, closing the handle does so at once.</summary>
    public static void Release(FileStream file)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            return;
        }
#endif
        file.Unlock(Offset, 1);
    }

    /// <summary>True if a file cannot be opened or locked because another handle has it at the moment.</summary>
    public static bool IsBusy(IOException exception) =>
        exception.HResult
            is SharingViolation
                or LockViolation
                or (int)Error.WouldBlockOnLinux
                or (int)Error.WouldBlockOnMac;

    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    private enum Error
    {
        Interrupted = 4,
        WouldBlockOnLinux = 11,
        NoAccess = 13,
        Invalid = 22,
        WouldBlockOnMac = 35,
        NoSuchCall = 38,
    }

#if NET
    /// <summary>
    /// .NET's own FileStream.Lock cannot be used here: its locks belong to the process, which loses them as soon as it closes any handle
    /// of the file, a reader's too. FileShare.None excludes readers. So this calls the system for a lock that belongs to the open file:
    /// of a range on Linux; of the whole file elsewhere, where a reader in .NET may have to try again.
    /// </summary>
    private static class Unix
    {
        private const int SetLockOfOpenFile = 37;
        private const short ForWriting = 1;
        private const int ExclusiveWithoutWaiting = 2 | 4;

        public static bool TryTake(SafeFileHandle file)
        {
            if (OperatingSystem.IsLinux())
            {
                var range = new Range
                {
                    Type = ForWriting,
                    Start = Offset,
                    Length = 1,
                };
                if (fcntl(file, SetLockOfOpenFile, ref range) == 0)
                {
                    return true;
                }

                // A kernel without such locks returns the error that the call is invalid.
                if (!IsInvalid(Marshal.GetLastPInvokeError()))
                {
                    return Refused();
                }
            }

            return flock(file, ExclusiveWithoutWaiting) == 0 || Refused();
        }

        private static bool IsInvalid(int error) => (Error)error is Error.Invalid or Error.NoSuchCall;

        private static bool Refused()
        {
            int error = Marshal.GetLastPInvokeError();
            return
                (Error)error is Error.WouldBlockOnLinux or Error.WouldBlockOnMac or Error.NoAccess or Error.Interrupted
                ? false
                : throw new IOException($"it cannot be locked ({Marshal.GetPInvokeErrorMessage(error)})");
        }

        [StructLayout(LayoutKind.Sequential)]
        private struct Range
        {
            public short Type;
            public short Whence;
            public long Start;
            public long Length;
            public int ProcessId;
        }

        [DllImport("libc", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static extern int fcntl(SafeFileHandle file, int command, ref Range range);

        [DllImport("libc", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static extern int flock(SafeFileHandle file, int operation);
    }
#endif
}
