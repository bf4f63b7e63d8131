using System.Buffers.Binary;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>Files that are cut off, damaged, foreign or forged: a clear line, and whatever could be read.</summary>
public sealed unsafe class DamagedCaptureTests : IDisposable
{
    private const int Rounds = 40;

    private readonly string _path = Path.GetTempFileName();
    private readonly byte[] _file;

    public DamagedCaptureTests()
    {
        using var arena = new PageArena("level");
        using var pool = new Pool<long>(arena);
        using var heap = new Heap(arena);
        using var tracker = LeakTracker.Attach(arena);
        using (var writer = CaptureWriter.Start(
            _path, new CaptureOptions { Interval = TimeSpan.FromMinutes(1) }, tracker))
        {
            for (var round = 0; round < Rounds; round++)
            {
                pool.Allocate();
                heap.Allocate((nuint)round * 10);
                if (round % 10 == 0)
                    writer.RecordMap(tracker);
                writer.Mark($"round {round}");
                tracker.EndFrame();
                writer.Flush();
            }
            writer.RecordSnapshot("last");
        }
        _file = File.ReadAllBytes(_path);
    }

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Cut_off_anywhere_it_gives_what_came_before()
    {
        var whole = MemoryCapture.Parse(_file, "whole");
        Assert.Null(whole.Problem);
        var frames = 0;
        for (var length = CaptureFormat.FileHeaderBytes; length < _file.Length; length += 1 + length / 400)
        {
            var capture = MemoryCapture.Parse(_file.AsSpan(0, length), "cut");
            Assert.NotNull(capture.Problem);
            Assert.DoesNotContain('\n', capture.Problem);
            Assert.False(capture.IsEnded);
            var seen = capture.Arenas.Sum(arena => arena.Frames.Sum(f => f.Frames));
            Assert.True(seen >= frames, $"{seen} frames in {length} bytes, {frames} in fewer");
            frames = seen;
            Assert.All(capture.Sites, site => Assert.Equal(capture.SampleSeconds.Count, site.Bytes.Count));
        }
        Assert.Equal(Rounds, frames);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damage_is_reported_and_skipped(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 300; run++)
        {
            var file = _file.ToArray();
            var damages = random.Next(1, 4);
            for (var i = 0; i < damages; i++)
            {
                var at = random.Next(CaptureFormat.FileHeaderBytes, file.Length);
                var length = Math.Min(random.Next(1, 200), file.Length - at);
                random.NextBytes(file.AsSpan(at, length));
            }
            var capture = MemoryCapture.Parse(file, $"seed {seed}, run {run}");
            // At most a few chunks are lost. Damage that hits unused bytes of the slots is none.
            var frames = capture.Arenas.Sum(arena => arena.Frames.Sum(f => f.Frames));
            Assert.InRange(frames, Rounds - 3 * damages * 4, Rounds);
            if (frames < Rounds)
                Assert.Contains("damaged", capture.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void After_a_lost_chunk_the_sites_are_known_again_from_the_next_whole_sample_on()
    {
        var lost = _file.ToArray();
        // The tenth tick.
        var at = 0;
        for (var tick = 0; tick < 10; at++)
            tick += IsTick(lost, at) ? 1 : 0;
        lost[at + 20] ^= 0xFF;
        var capture = MemoryCapture.Parse(lost, "lost");
        Assert.Contains("damaged", capture.Problem, StringComparison.Ordinal);
        var whole = MemoryCapture.Parse(_file, "whole");
        Assert.True(capture.SampleSeconds.Count < whole.SampleSeconds.Count);
        foreach (var site in capture.Sites)
        {
            var twin = whole.Sites.Single(s => (s.Line, s.File) == (site.Line, site.File));
            Assert.Equal(twin.LiveBytes, site.LiveBytes);
            for (var i = 0; i < capture.SampleSeconds.Count; i++)
            {
                var j = whole.SampleSeconds.ToList().IndexOf(capture.SampleSeconds[i]);
                Assert.Equal(twin.Bytes[j], site.Bytes[i]);
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void A_forged_file_with_right_checksums_breaks_nothing(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 500; run++)
        {
            var file = _file.ToArray();
            for (var i = 0; i < 3; i++)
                Forgery.Change(file, random);
            var capture = MemoryCapture.Parse(file, $"seed {seed}, run {run}");
            Assert.NotNull(capture.ToString());
        }
    }

    [Theory]
    [InlineData(nameof(SectionKind.MapBlock), new[] { 0, 1, long.MaxValue, 0, 0 }, false)] // 1 byte too long
    [InlineData(nameof(SectionKind.MapBlock), new[] { 0, 1, long.MaxValue - 1, 0, 0 }, true)]
    [InlineData(nameof(SectionKind.MapBlock), new[] { 0, 1, 9, 0, 0, 0, 1, 1, 0, long.MaxValue - 1, 1 }, false)]
    [InlineData(nameof(SectionKind.MapBlock), new[] { 0, 1, 9, 0, 0, 0, 1, 1, 0, long.MaxValue - 2, 1 }, true)]
    [InlineData(nameof(SectionKind.MapCommitted), new[] { 0, 1, long.MaxValue, 1 }, false)]
    [InlineData(nameof(SectionKind.MapCommitted), new[] { 0, 1, long.MaxValue - 2, 1 }, true)]
    public void A_map_of_addresses_that_cannot_be_counts_as_damaged(string kind, long[] numbers, bool canBe)
    {
        var forged = new ByteWriter(CaptureFormat.ChunkHeaderBytes);
        forged.Begin(SectionKind.MapHeader);
        for (var i = 0; i < 3; i++)
            forged.Number(0);
        forged.End();
        forged.Begin(Enum.Parse<SectionKind>(kind));
        foreach (var number in numbers)
            forged.Number((ulong)number);
        forged.End();
        CaptureFormat.WriteChunkHeader(forged.All, ChunkKind.Tick);
        var capture = MemoryCapture.Parse([.. _file, .. forged.All], "forged");
        Assert.Equal(canBe, capture.Problem is null);
        var map = capture.Maps[^1];
        Assert.Equal(canBe && kind == nameof(SectionKind.MapBlock), map.Blocks.Count == 1);
        Assert.Equal(canBe && kind == nameof(SectionKind.MapCommitted), map.Committed.Count == 2);
    }

    [Fact]
    public void What_is_no_capture_is_refused_in_one_line()
    {
        Refused([], "does not begin with the letters ARENACAP");
        Refused("PK\x03\x04 some other file"u8.ToArray(), "does not begin with the letters ARENACAP");
        Refused(_file[..10], "holds nothing");
        var damaged = _file.ToArray();
        damaged[9] ^= 1;
        Refused(damaged, "first bytes are damaged");
        damaged = _file.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(damaged.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(12), Crc32C.Of(damaged.AsSpan(0, 12)));
        Refused(damaged, "version 2.0");

        static void Refused(byte[] file, string why)
        {
            var e = Assert.Throws<InvalidDataException>(() => MemoryCapture.Parse(file, "x.arena"));
            Assert.Contains(why, e.Message, StringComparison.Ordinal);
            Assert.Contains("'x.arena'", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    [Fact]
    public void Sections_and_chunks_of_later_versions_are_skipped()
    {
        var later = new ByteWriter(CaptureFormat.ChunkHeaderBytes);
        later.Begin((SectionKind)999);
        later.Text("news");
        later.End();
        CaptureFormat.WriteChunkHeader(later.All, ChunkKind.Tick);
        var tick = later.All.ToArray();
        CaptureFormat.WriteChunkHeader(later.All, (ChunkKind)77);
        var (header, chunks) = (_file[..CaptureFormat.FileHeaderBytes], _file[CaptureFormat.FileHeaderBytes..]);
        var capture = MemoryCapture.Parse([.. header, .. tick, .. later.All, .. chunks], "later");
        Assert.Null(capture.Problem);
        Assert.Equal(Rounds, capture.Events.Count);
    }

    [Fact]
    public void A_checksum_is_the_Castagnoli_one()
    {
        // The check value of CRC-32C.
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0xE3069283u, Crc32C.Of("6789"u8, Crc32C.Of("12345"u8)));
    }

    private static bool IsTick(byte[] file, int at) =>
        at + 8 < file.Length && file.AsSpan(at).StartsWith(CaptureFormat.ChunkMagic) && file[at + 4] == 2;
}
