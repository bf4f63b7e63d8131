using System.Buffers.Binary;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>Writes sampler's files of any contents with check sums that are right.</summary>
internal sealed class SampleForge
{
    private readonly RecordBuffer _record = new();
    private readonly List<byte> _file = [.. SampleFile.Magic, SampleFile.Version, 0, 0, 0];

    public SampleForge Begin(int kinds = 0, int cells = 64, long milliseconds = 0) => Add(
        RecordKind.Begin, record => record.Signed(milliseconds).Byte((byte)kinds).Unsigned((ulong)cells));

    public SampleForge Category(byte kind, string name) =>
        Add(RecordKind.Category, record => record.Byte(kind).Text(name));

    /// <summary>A sample of a program without categories.</summary>
    public SampleForge Sample(double seconds, long moreLive) => Add(
        RecordKind.Sample,
        record => record.Double(seconds).Signed(moreLive).Signed(0).Signed(0).Unsigned(0).Unsigned(0));

    public SampleForge Cell(int samples, double seconds, double floorSeconds, double bytes) => Add(
        RecordKind.Cell,
        record => record.Unsigned((ulong)samples).Double(seconds).Double(bytes).Double(bytes).Double(floorSeconds)
            .Double(bytes).Double(bytes).Double(bytes));

    public SampleForge Add(RecordKind kind, Action<RecordBuffer> content)
    {
        content(_record.Begin(kind));
        _file.AddRange(_record.End());
        return this;
    }

    /// <summary>Adds a record of which the contents are known as bytes.</summary>
    public SampleForge Add(RecordKind kind, byte[] content) => Add(kind, record =>
    {
        foreach (var value in content)
            record.Byte(value);
    });

    public byte[] ToFile() => [.. _file];

    /// <summary>The records of a file.</summary>
    public static IEnumerable<(RecordKind Kind, byte[] Content)> Records(byte[] file)
    {
        for (var at = SampleFile.HeadBytes; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at));
            var start = at + RecordBuffer.HeadBytes;
            yield return ((RecordKind)file[start - 1], file[start..(start + length)]);
            at = start + length + RecordBuffer.SumBytes;
        }
    }
}
