using System.Text.Json;
using GameLoop.Measurement;

namespace GameLoop.Output;

/// <summary>The result as a file: whole, or not there.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Tries the path out without changing what is there; null, or why it cannot be written.</summary>
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
            return $"'{path}' cannot be written: {e.Message}";
        }
    }

    public static void Write(string path, IEnumerable<BackendRun> runs)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new { runs }, Format);
        if (IsDevice(path))
        {
            File.WriteAllBytes(path, json);
            return;
        }
        // A reader sees the old file or the new one, never half of either.
        var temporary = TemporaryFor(path);
        try
        {
            File.WriteAllBytes(temporary, json);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    // Renaming over /dev/null would replace the device.
    private static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows() && Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);

    private static string TemporaryFor(string path)
    {
        var full = Path.GetFullPath(path);
        return Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
    }
}
