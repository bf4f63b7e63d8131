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
            if (IsDevice(path))
                return null;
            var temporary = TemporaryFor(path);
            File.Create(temporary, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"'{path}' cannot be written: {WhyNot(path, e)}";
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
            throw new IOException($"'{path}' cannot be written: {WhyNot(path, e)}", e);
        }
    }

    // The system's message names the temporary file, which the user does not know.
    private static string WhyNot(string path, Exception e)
    {
        var folder = path.Length == 0 ? "" : Path.GetDirectoryName(Path.GetFullPath(path));
        return e switch
        {
            ArgumentException => "it is no path",
            _ when !Directory.Exists(folder) => $"there is no folder '{folder}'",
            UnauthorizedAccessException => $"access to the folder '{folder}' is denied",
            _ => $"no file can be made in '{folder}'",
        };
    }

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
