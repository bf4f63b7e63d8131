using System.Buffers.Binary;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>Capture files whose contents are wrong and whose checksums are right.</summary>
internal static class Forgery
{
    /// <summary>
    /// Changes bytes of the contents of a chunk and makes its checksum right; as often as not it writes a sequence of
    /// bytes into a long one as well, if there is one to write.
    /// </summary>
    public static void Change(byte[] file, Random random, ReadOnlySpan<byte> sequence = default)
    {
        var at = random.Next(file.Length - 64);
        while (at < file.Length - 64 && !file.AsSpan(at).StartsWith(CaptureFormat.ChunkMagic))
            at++;
        if (at >= file.Length - 64)
            return;
        var kind = (ChunkKind)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4));
        var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8));
        var chunk = file.AsSpan(at, CaptureFormat.ChunkHeaderBytes + length);
        for (var i = random.Next(1, 5); i > 0; i--)
            chunk[CaptureFormat.ChunkHeaderBytes + random.Next(length)] = (byte)random.Next(256);
        if (!sequence.IsEmpty && length > 40 && random.Next(2) == 0)
            sequence.CopyTo(chunk[(CaptureFormat.ChunkHeaderBytes + random.Next(length - sequence.Length))..]);
        CaptureFormat.WriteChunkHeader(chunk, kind);
    }
}
