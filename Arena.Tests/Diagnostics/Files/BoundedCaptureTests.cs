using System.Buffers.Binary;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>Small captures that once took gigabytes or minutes, each for a reason of its own.</summary>
public sealed class BoundedCaptureTests
{
    [Fact]
    public void Numbers_far_apart_take_nothing_for_those_between_them()
    {
        var forge = new CaptureForge().Add(SectionKind.Time, 1_000);
        for (var i = 1; i <= 100; i++)
            forge.Add(SectionKind.Site, i * 65_000, 0, 1, 0, 0);
        for (var i = 1; i <= 20; i++)
            forge.Add(SectionKind.Time, 1_000 + i).Add(SectionKind.SiteChanges);
        foreach (var kind in new[] { SectionKind.Arena, SectionKind.Allocator, SectionKind.AllocatorGone })
            forge.Add(kind, int.MaxValue, 0, 0, 0, 0, 0, 0);
        forge.Add(SectionKind.Text, int.MaxValue, 0);
        var capture = Bounded(forge.ToFile());
        Assert.Null(capture.Problem?.Contains("damaged", StringComparison.Ordinal) == true ? capture.Problem : null);
        Assert.Equal((100, 20), (capture.Sites.Count, capture.SampleSeconds.Count));
        Assert.Equal(int.MaxValue, Assert.Single(capture.Arenas).Number);
    }

    [Fact]
    public void One_changed_number_in_a_real_capture_takes_no_more_than_the_capture()
    {
        var file = FixedFile.Bytes("written-by-1.0.arena");
        var changed = 0;
        for (var at = CaptureFormat.FileHeaderBytes; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            var (start, end) = (at + CaptureFormat.ChunkHeaderBytes, at + CaptureFormat.ChunkHeaderBytes + length);
            var kind = (ChunkKind)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4));
            // Two bytes of a number that follow each other: up to 16,256 more.
            for (var i = start; kind == ChunkKind.Tick && i + 1 < end; i += 11, changed++)
            {
                var forged = file.ToArray();
                (forged[i], forged[i + 1]) = (0xFF, (byte)(forged[i + 1] | 0x70));
                CaptureFormat.WriteChunkHeader(forged.AsSpan(at..end), kind);
                Bounded(forged);
            }
            at = end;
        }
        Assert.True(changed > 500, $"{changed} changes are no test");
    }

    [Fact]
    public void Two_megabytes_of_heads_that_claim_all_that_follows_are_looked_at_in_a_few_steps_each()
    {
        const int heads = 131_072;
        var bytes = new byte[heads * CaptureFormat.ChunkHeaderBytes];
        for (var i = 0; i < heads; i++)
        {
            var head = bytes.AsSpan(i * CaptureFormat.ChunkHeaderBytes);
            CaptureFormat.ChunkMagic.CopyTo(head);
            head[4] = (byte)ChunkKind.Tick;
            BinaryPrimitives.WriteInt32LittleEndian(head[8..], head.Length - CaptureFormat.ChunkHeaderBytes);
        }
        var file = new CaptureForge().Raw(bytes).Add(SectionKind.Time, 5_000_000).ToFile();
        var builder = new CaptureBuilder();
        var reader = new CaptureReader(builder);
        reader.Read(file, "heads");
        Assert.InRange(reader.CheckedBytes, file.Length, file.Length + 2_048L * heads);
        // The chunks behind them are found all the same.
        Assert.Equal(5, builder.Build(reader).Seconds);
        Assert.Equal(bytes.Length, reader.DamagedBytes);
    }

    [Fact]
    public void Samples_of_many_quiet_sites_take_what_is_written_of_them()
    {
        var forge = new CaptureForge();
        for (var i = 0; i < 10_000; i++)
            forge.Add(SectionKind.Site, i, 0, 1, 0, 0);
        for (var i = 0; i < 10_000; i++)
            forge.Add(SectionKind.Time, i + 1).Add(SectionKind.SiteValues);
        var capture = Bounded(forge.ToFile());
        Assert.Equal((10_000, 10_000), (capture.Sites.Count, capture.SampleSeconds.Count));
    }

    [Fact]
    public void Many_stacks_of_one_site_are_kept_once_each()
    {
        var forge = new CaptureForge();
        for (var i = 0; i < 20_000; i++)
            forge.Add(SectionKind.Stacks, 0, 1, 1, 0);
        Assert.Equal(20_000, Assert.Single(Bounded(forge.ToFile()).Sites).Stacks.Count);
    }

    [Fact]
    public void Blocks_that_lie_in_one_another_are_left_out_of_a_map()
    {
        var forge = new CaptureForge().Add(SectionKind.MapHeader, 0, 0, 0);
        for (var i = 0; i < 1_000; i++)
            forge.Add(SectionKind.MapBlock, 0, 0, 1 << 30, 0, 0);
        forge.Add(SectionKind.MapBlock, 0, 1 << 30, 1 << 20, 0, 0);
        forge.Add(SectionKind.MapCommitted, Enumerable.Repeat(1L, 2_000)).Add(SectionKind.MapEnd);
        var map = Assert.Single(Bounded(forge.ToFile()).Maps);
        Assert.Equal([0L, 1 << 30], map.Blocks.Select(block => block.Offset));
        Assert.Equal([1_000L, 0], map.Blocks.Select(block => block.CommittedBytes));
        Assert.False(map.IsComplete);
    }

    [Fact]
    public void Readings_that_do_not_rise_are_not_kept()
    {
        var forge = new CaptureForge();
        foreach (var time in new[] { 5, 9, 7, 9, 2, 11 })
        {
            forge.Add(SectionKind.Time, time).Add(SectionKind.Process, time, 0)
                .Add(SectionKind.Totals, [0, time, .. new long[14]]);
        }
        var capture = Bounded(forge.ToFile());
        Assert.Equal([5L, 9, 11], capture.Process.Select(each => each.ResidentBytes));
        Assert.Equal([5L, 9, 11], Assert.Single(capture.Arenas).Totals.Select(each => each.LiveBytes));
    }

    private static MemoryCapture Bounded(byte[] file)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var capture = MemoryCapture.Parse(file, "forged");
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(taken < 100_000 + 200L * file.Length, $"{taken} bytes for a file of {file.Length}");
        return capture;
    }
}
