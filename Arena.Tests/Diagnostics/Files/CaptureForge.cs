using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>Writes captures of any contents with checksums that are right.</summary>
internal sealed class CaptureForge
{
    private readonly ByteWriter _chunk = new(CaptureFormat.ChunkHeaderBytes);
    private readonly List<byte[]> _categories = [];

    public CaptureForge()
    {
        var header = new byte[CaptureFormat.FileHeaderBytes];
        CaptureFormat.WriteFileHeader(header);
        _categories.Add(header);
    }

    /// <summary>Adds a section of numbers to the chunk that is open.</summary>
    public CaptureForge Add(SectionKind kind, params IEnumerable<long> numbers)
    {
        var content = new ByteWriter(headerBytes: 0);
        foreach (var number in numbers)
            content.Number((ulong)number);
        _chunk.Number((ulong)kind);
        _chunk.Number((ulong)content.Count);
        _chunk.Zeros(content.Count);
        content.All.CopyTo(_chunk.All[^content.Count..]);
        return this;
    }

    /// <summary>Adds bytes as they are, after the chunks so far.</summary>
    public CaptureForge Raw(byte[] bytes)
    {
        Close();
        _categories.Add(bytes);
        return this;
    }

    public byte[] ToFile()
    {
        Close();
        return [.. _categories.SelectMany(category => category)];
    }

    private void Close()
    {
        if (_chunk.Count == CaptureFormat.ChunkHeaderBytes)
            return;
        CaptureFormat.WriteChunkHeader(_chunk.All, ChunkKind.Tick);
        _categories.Add(_chunk.All.ToArray());
        _chunk.Clear();
    }
}
