using Microsoft.Win32.SafeHandles;

namespace Arena.Diagnostics;

/// <summary>
/// Opens files for one writer. Opening changes nothing in a file, and a file that another writer has open, in
/// this process or another, is refused, whatever path leads to it.
/// </summary>
/// <remarks>
/// On Windows the system keeps a second writer out. Elsewhere .NET takes an advisory lock, shared by all that open a
/// file unless one opens it exclusively. So a file is first opened exclusively, which fails while a writer has it open,
/// and then reopened so that others may read it. Two processes that do so in the same instant may both succeed; two
/// threads of one process may not.
/// </remarks>
internal static class OwnFile
{
    private const int WindowsInUse = unchecked((int)0x80070020), LinuxInUse = 11, MacInUse = 35;
    private const string Devices = "/dev/", SharedMemory = "/dev/shm/";

    // A reader holds a file for as long as it reads, a writer for as long as it lives.
    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly Lock Opening = new();

    /// <summary>Opens a file, or creates an empty one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isNew">True if the file was created.</param>
    /// <exception cref="IOException">The file is being written, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
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

    // Opens a file once. Returns null if others have it open.
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
        $"'{path}' is already being written: stop its writer, or give another path.");

    // Returns whether a path is a device, to which any number of programs may write at a time.
    private static bool IsDevice(string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith(Devices, StringComparison.Ordinal)
            && !full.StartsWith(SharedMemory, StringComparison.Ordinal);
    }
}
