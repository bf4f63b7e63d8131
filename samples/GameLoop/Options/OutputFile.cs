using Arena.Report.Formats;

namespace GameLoop.Options;

/// <summary>Writes a file of results: whole, or not at all.</summary>
internal static class OutputFile
{
    /// <summary>Tests a path without changing its file. Returns null, or why it cannot be written.</summary>
    public static string? WhyNotWritable(string path)
    {
        try
        {
            if (Directory.Exists(path))
                return $"'{path}' is a folder; give a file";
            return IsDevice(path) ? null : WhyNotMade(path, TemporaryFor(path));
        }
        catch (ArgumentException)
        {
            return $"'{path}' cannot be written: it is no path";
        }
    }

    private static string? WhyNotMade(string path, string temporary)
    {
        try
        {
            File.Create(temporary, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refusal(path, temporary, e);
        }
    }

    /// <exception cref="IOException">The file cannot be written; the message has the path and the reason.</exception>
    public static void Write(string path, byte[] content)
    {
        if (IsDevice(path))
        {
            File.WriteAllBytes(path, content);
            return;
        }
        // A reader sees the old file or the new one, never half of either.
        var temporary = TemporaryFor(path);
        try
        {
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new IOException(Refusal(path, temporary, e), e);
        }
    }

    private static string Refusal(string path, string temporary, Exception e) =>
        $"'{path}' cannot be written: {ReportFile.WhyNot(Path.GetFullPath(path), temporary, e)}";

    /// <summary>Returns whether both paths are the same file; a device may be written to twice.</summary>
    public static bool AreSame(string path, string other) =>
        !IsDevice(path) && Path.GetFullPath(path) == Path.GetFullPath(other);

    // Renaming over /dev/null would replace the device.
    private static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows() && Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);

    private static string TemporaryFor(string path)
    {
        var full = Path.GetFullPath(path);
        return Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
    }
}
