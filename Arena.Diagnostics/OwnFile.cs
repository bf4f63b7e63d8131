using Microsoft.Win32.SafeHandles;

namespace Arena.Diagnostics;

/// <summary>
/// Opens files for one writer. Nothing in a file changes by opening it, and a file that another writer has open, of
/// this process or another one, is refused, whatever path leads to it.
/// </summary>
/// <remarks>
/// On Windows the system keeps a second writer out. Elsewhere .NET takes an advisory lock: shared by all that open a
/// file, unless one asks for it alone. So a file is first asked for alone, which a writer that has it open forbids, and
/// then opened as others may read it. Of two processes that do so in the same instant both may get it; two threads of
/// one process may not.
/// </remarks>
internal static class OwnFile
{
    private const int WindowsInUse = unchecked((int)0x80070020), LinuxInUse = 11, MacInUse = 35;
    private const string Devices = "/dev/", SharedMemory = "/dev/shm/";

    // A reader holds a file for as long as it reads, a writer for as long as it lives.
    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly Lock Opening = new();

    /// <summary>Opens a file, or makes an empty one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isNew">Whether it was made.</param>
    /// <exception cref="IOException">It is being written, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public static SafeFileHandle Open(string path, out bool isNew)
    {
        lock (Opening)
        {
            isNew = !File.Exists(path);
            if (!OperatingSystem.IsWindows() && !IsDevice(path))
                CheckAlone(path);
            return Attempt(path, FileShare.Read | FileShare.Delete) ?? throw InUse(path);
        }
    }

    private static void CheckAlone(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var alone = Attempt(path, FileShare.None);
            if (alone is not null)
                return;
            if (attempt == Attempts)
                throw InUse(path);
            Thread.Sleep(Pause);
        }
    }

    // Null where others have it open.
    private static SafeFileHandle? Attempt(string path, FileShare share)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
        }
        catch (IOException e) when (e.HResult is WindowsInUse or LinuxInUse or MacInUse)
        {
            return null;
        }
    }

    private static IOException InUse(string path) => new(
        $"'{path}' is being written already: end what writes it, or give another path.");

    // Any number of programs may write to a device at a time.
    private static bool IsDevice(string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith(Devices, StringComparison.Ordinal)
            && !full.StartsWith(SharedMemory, StringComparison.Ordinal);
    }
}
