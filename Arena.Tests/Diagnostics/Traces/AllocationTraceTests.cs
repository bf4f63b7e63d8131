using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Traces;

public sealed class AllocationTraceTests
{
    private const string Header = "# arena-trace v1 program=\"a game, level 3\" events=9 threads=3 peakLiveBytes=1";

    private const string Story =
        Header + "\na 0 100\na 1 7 4096 t2\nm\nr 0 300 t1\na 2 0\nf 1 t2\n# a remark\n\nm\nm\nf 0\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_kind_of_line_is_read_plain_or_gzip(bool gzip)
    {
        var trace = Read(Story, gzip);
        Assert.Equal("a game, level 3", trace.Program);
        Assert.Equal(
            [
                "Allocate 0 100 16 t0", "Allocate 1 7 4096 t2", "Tick 0 0 1 t0", "Reallocate 0 300 16 t1",
                "Allocate 2 0 16 t0", "Free 1 0 16 t2", "Tick 0 0 1 t0", "Tick 0 0 1 t0", "Free 0 0 16 t0",
            ],
            trace.Events.ToArray().Select(e => $"{e.Kind} {e.Id} {e.ByteCount} {e.Alignment} t{e.Thread}"));
        Assert.Equal((3, 3, 3), (trace.AllocationCount, trace.TickCount, trace.ThreadCount));
        Assert.Equal((307u, 3, 3), (trace.PeakLiveBytes, trace.PeakLiveCount, trace.PeakIndex));
    }

    [Fact]
    public void Line_ends_of_Windows_and_no_line_end_at_all_are_read()
    {
        Assert.Equal(9, Read(Story.Replace("\n", "\r\n", StringComparison.Ordinal)).Events.Length);
        Assert.Equal(9, Read(Story.TrimEnd()).Events.Length);
        var empty = Read("# arena-trace v1");
        Assert.Equal((0, 0, -1), (empty.Events.Length, empty.ThreadCount, empty.PeakIndex));
        Assert.Equal("", empty.Program);
    }

    [Theory]
    [InlineData("a 1 10", "id 1 is not the next one, which is 0")]
    [InlineData("a 0", "the size is missing")]
    [InlineData("a", "the id is missing")]
    [InlineData("a 0 ten", "the size is not a number")]
    [InlineData("a 0 -1", "the size is not a number")]
    [InlineData("a 0 9223372036854775808", "the size is not a number")]
    [InlineData("a 0 10 24", "alignment 24 is not a power of two up to 1073741824")]
    [InlineData("a 0 10 16 t65536", "the thread is not a number below 65536")]
    [InlineData("a 0 10 16 x", "' x' is left over at its end")]
    [InlineData("a 0 10 16 t1 7", "' 7' is left over at its end")]
    [InlineData("f 0", "id 0 is not alive")]
    [InlineData("r 0 10", "id 0 is not alive")]
    [InlineData("a 0 1\nf 0\nf 0", "id 0 is not alive")]
    [InlineData("a 0 1\nf 0\nr 0 5", "id 0 is not alive")]
    [InlineData("m 1", "' 1' is left over at its end")]
    [InlineData("x 0", "'x' is not a kind of event; use a, r, f or m")]
    public void What_is_no_event_is_refused_with_its_line(string lines, string why)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(Header + "\n" + lines));
        Assert.Equal($"game.trace:{lines.Count(c => c == '\n') + 2}: {why}.", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a 0 10")]
    [InlineData("# arena-trace v2 program=\"x\"")]
    public void Another_format_is_refused(string text)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(text));
        Assert.StartsWith("game.trace:1: the first line is not '# arena-trace v1", error.Message);
    }

    [Fact]
    public void A_gzip_that_ends_early_is_read_as_far_as_it_goes_and_says_where_that_is()
    {
        var header = Header.Replace("events=9", "events=5000", StringComparison.Ordinal);
        var lines = string.Concat(Enumerable.Range(0, 5000).Select(i => $"a {i} {i * 7919}\n"));
        var whole = Zip(header + "\n" + lines);
        Assert.Null(AllocationTrace.Read(new MemoryStream(whole), "game.trace").Problem);
        var known = 0;
        for (var length = 200; length < whole.Length - 8; length += 101)
        {
            var trace = AllocationTrace.Read(new MemoryStream(whole[..length]), "game.trace");
            Assert.Contains(
                $"known up to line {trace.Events.Length + 1}, frame 0", trace.Problem, StringComparison.Ordinal);
            Assert.False(trace.Problem!.Contains('\n', StringComparison.Ordinal));
            for (var i = 0; i < trace.Events.Length; i++)
                Assert.Equal((i, (nuint)(i * 7919)), (trace.Events[i].Id, trace.Events[i].ByteCount));
            Assert.True(trace.Events.Length >= known, $"{trace.Events.Length} of {length} bytes, {known} of fewer");
            known = trace.Events.Length;
        }
        Assert.InRange(known, 4_500, 5_000);
    }

    [Fact]
    public void A_text_that_its_writer_did_not_end_is_read_without_its_last_line()
    {
        var trace = Read("# arena-trace v1 program=\"\" events=0 threads=0\na 0 16\nm\na 1 1");
        Assert.Equal((2, 1), (trace.Events.Length, trace.AllocationCount));
        Assert.Equal("it was not ended, its process died: known up to line 3, frame 1", trace.Problem);
        Assert.Null(Read("# arena-trace v1 program=\"events=0 x\"\na 0 16\nm\na 1 1").Problem);
    }

    [Fact]
    public void A_text_of_more_than_two_gibibytes_is_read_as_it_comes()
    {
        var remark = new byte[60_000];
        Array.Fill(remark, (byte)'#');
        remark[^1] = (byte)'\n';
        var stream = new LongText(Encoding.UTF8.GetBytes(Header + "\na 0 16\n"), remark, 40_000, "f 0\n"u8.ToArray());
        Assert.True(stream.Length > int.MaxValue, $"{stream.Length} bytes are no test");
        var trace = AllocationTrace.Read(stream, "long.trace");
        Assert.Equal((2, 1), (trace.Events.Length, trace.PeakLiveCount));
    }

    [Fact]
    public void A_remark_may_be_longer_than_any_buffer_and_no_line_of_an_event_may()
    {
        var remark = new string('#', 200_000);
        Assert.Equal(1, Read($"{Header}\n{remark}\na 0 16\n{remark}").Events.Length);
        var error = Assert.Throws<InvalidDataException>(
            () => Read($"{Header}\nm\na 0 16{new string(' ', 200_000)}7\nm"));
        Assert.StartsWith("game.trace:3: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_many_lines_as_are_asked_for_are_read()
    {
        var trace = AllocationTrace.Read(new MemoryStream(Encoding.UTF8.GetBytes(Story)), "game.trace", 4);
        Assert.Equal((4, 1), (trace.Events.Length, trace.TickCount));
        Assert.Equal("it has more than 4 lines of events; those were read", trace.Problem);
        Assert.Null(AllocationTrace.Read(new MemoryStream(Encoding.UTF8.GetBytes(Story)), "game.trace", 9).Problem);
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocationTrace.Read(new MemoryStream(), "game.trace", 0));
    }

    [Fact]
    public void Sizes_that_add_up_to_more_than_there_are_addresses_are_refused_by_their_line()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => Read($"{Header}\na 0 {long.MaxValue}\na 1 {long.MaxValue}\na 2 2\n"));
        Assert.Equal("game.trace:4: more bytes are alive than there are addresses.", error.Message);
        error = Assert.Throws<InvalidDataException>(
            () => Read($"{Header}\na 0 {long.MaxValue}\na 1 {long.MaxValue}\na 2 0\nr 2 2\n"));
        Assert.StartsWith("game.trace:5: more bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_reported()
    {
        Assert.Throws<FileNotFoundException>(() => AllocationTrace.Read("no such file.trace"));
        Assert.Throws<ArgumentNullException>(() => AllocationTrace.Read(null!, "x"));
    }

    [Fact]
    public void An_event_takes_16_bytes() => Assert.Equal(16, Unsafe.SizeOf<TraceEvent>());

    /// <summary>A beginning, a part that comes many times, and an end, without the memory for all of it.</summary>
    private sealed class LongText(byte[] first, byte[] repeated, int times, byte[] last) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => first.Length + (long)repeated.Length * times + last.Length;

        public override long Position { get => _position; set => _position = value; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var middle = (long)repeated.Length * times;
            var (part, at) = _position < first.Length ? (first, _position)
                : _position < first.Length + middle ? (repeated, (_position - first.Length) % repeated.Length)
                : (last, _position - first.Length - middle);
            var taken = (int)Math.Min(count, part.Length - at);
            Array.Copy(part, at, buffer, offset, taken);
            _position += taken;
            return taken;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private static AllocationTrace Read(string text, bool gzip = false) =>
        AllocationTrace.Read(new MemoryStream(gzip ? Zip(text) : Encoding.UTF8.GetBytes(text)), "game.trace");

    private static byte[] Zip(string text)
    {
        var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
            zip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }
}
