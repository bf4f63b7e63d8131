using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Turns a file into the model of its report.</summary>
internal static class ReportSource
{
    private static ReadOnlySpan<byte> CaptureMagic => "ARENACAP"u8;

    private static ReadOnlySpan<byte> RecordMagic => "ArenaMem"u8;

    /// <summary>Reads a capture, or a sampler's record, as far as it is readable.</summary>
    /// <exception cref="InvalidDataException">Nothing in it can be shown; the message is one line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static ReportModel Read(string path, ReportOptions options)
    {
        CheckThatItIsAFile(path);
        var name = Path.GetFileName(path);
        if (IsRecord(path))
        {
            if (options.From is not null || options.To is not null)
            {
                throw new InvalidDataException(
                    $"'{path}' is a sampler's record, which has no marks: --from and --to need a capture.");
            }
            return RecordModels.Of(MemoryRecord.Read(path), name, options);
        }
        return Of(MemoryCapture.Read(path), name, options);
    }

    /// <summary>Makes the model of a capture that has something to show.</summary>
    /// <exception cref="InvalidDataException">It has nothing to show; the message is one line.</exception>
    public static ReportModel Of(MemoryCapture capture, string name, ReportOptions options)
    {
        if (capture.Arenas.Count == 0 && capture.Sites.Count == 0 && capture.Events.Count == 0
            && capture.Process.Count == 0)
        {
            throw new InvalidDataException(
                $"The capture '{name}' holds nothing that could be shown: {capture.Problem ?? "it is empty."}");
        }
        try
        {
            return ModelBuilder.Of(capture, name, options);
        }
        catch (OverflowException)
        {
            // The checksums are right, so this is not damage: something else wrote the file.
            throw new InvalidDataException(
                $"The capture '{name}' holds numbers beyond any memory: it was not written by CaptureWriter.");
        }
    }

    /// <summary>Refuses a path at which there is no file.</summary>
    /// <exception cref="IOException">There is none, or a folder.</exception>
    public static void CheckThatItIsAFile(
        string path, string remedy = "give the path of a capture, or start the game that writes it")
    {
        if (Directory.Exists(path))
            throw new IOException($"'{path}' is a folder: {remedy}.");
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}': {remedy}.");
    }

    /// <summary>Refuses to wait for what will never be a capture: a missing file, or one of other contents.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no capture.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static void CheckThatItCanBeFollowed(string path)
    {
        CheckThatItIsAFile(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> head = stackalloc byte[8];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (!CaptureMagic.StartsWith(head) && !RecordMagic.StartsWith(head))
            throw new InvalidDataException($"'{path}' is neither a capture nor a sampler's record.");
    }

    /// <summary>
    /// Returns whether the file at a path, by any spelling or link, is a capture or a sampler's record.
    /// </summary>
    public static bool IsRecording(string path)
    {
        try
        {
            // A pipe has no length, and would wait for a writer.
            var file = new FileInfo(path);
            return (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length >= RecordMagic.Length
                && (Begins(path, CaptureMagic) || Begins(path, RecordMagic));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing is there, or nothing that could have been read.
            return false;
        }
    }

    public static bool IsRecord(string path) => Begins(path, RecordMagic);

    private static bool Begins(string path, ReadOnlySpan<byte> magic)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> head = stackalloc byte[8];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && head.SequenceEqual(magic);
    }
}
