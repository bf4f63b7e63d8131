using System.Buffers.Binary;

namespace Arena.Diagnostics;

/// <summary>
/// The capture file as bytes, described in docs/capture-format.md. All numbers of fixed size are little-endian.
/// <code>
/// file    | "ARENACAP" 8 | major 2 | minor 2 | crc 4 | chunk | chunk | ...
/// chunk   | "CHNK" 4 | kind 4 | payload bytes 4 | crc 4 | payload |
/// payload | section | section | ...          (of kinds Start, Tick, Map, End)
/// section | kind, varint | bytes, varint | content |
/// latest  | slot bytes 4 | crc 4 | slot | slot |     (payload of kind Latest, overwritten in turn)
/// slot    | sequence 8 | bytes 4 | crc 4 | sections | unused |
/// </code>
/// A crc is CRC-32C: of a chunk over kind, payload bytes and payload, and of a Latest chunk over its first 8 bytes
/// instead of the payload; of a slot over sequence, bytes and sections.
/// </summary>
internal static class CaptureFormat
{
    public const ushort Major = 1;
    public const ushort Minor = 0;

    public const int FileHeaderBytes = 16;
    public const int ChunkHeaderBytes = 16;
    public const int LatestHeaderBytes = 8;
    public const int SlotHeaderBytes = 16;

    public static ReadOnlySpan<byte> FileMagic => "ARENACAP"u8;

    public static ReadOnlySpan<byte> ChunkMagic => "CHNK"u8;

    public static void WriteFileHeader(Span<byte> header)
    {
        FileMagic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], Major);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], Minor);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Crc32C.Of(header[..12]));
    }

    public static void WriteChunkHeader(Span<byte> chunk, ChunkKind kind)
    {
        ChunkMagic.CopyTo(chunk);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[4..], (uint)kind);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[8..], (uint)(chunk.Length - ChunkHeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[12..], ChunkChecksum(chunk, kind));
    }

    /// <summary>Computes the checksum for a chunk's header; header and payload in one span.</summary>
    public static uint ChunkChecksum(ReadOnlySpan<byte> chunk, ChunkKind kind)
    {
        var payload = chunk[ChunkHeaderBytes..];
        return Crc32C.Of(
            kind == ChunkKind.Latest ? payload[..LatestHeaderBytes] : payload, Crc32C.Of(chunk.Slice(4, 8)));
    }

    public static void WriteSlotHeader(Span<byte> slot, ulong sequence)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(slot, sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[8..], (uint)(slot.Length - SlotHeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(slot[12..], SlotChecksum(slot));
    }

    public static uint SlotChecksum(ReadOnlySpan<byte> slot) =>
        Crc32C.Of(slot[SlotHeaderBytes..], Crc32C.Of(slot[..12]));
}
