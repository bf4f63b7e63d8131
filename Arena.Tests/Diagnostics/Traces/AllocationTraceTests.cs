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
    [InlineData("a 0 ten", "the size is no number")]
    [InlineData("a 0 -1", "the size is no number")]
    [InlineData("a 0 9223372036854775808", "the size is no number")]
    [InlineData("a 0 10 24", "alignment 24 is no power of two up to 1073741824")]
    [InlineData("a 0 10 16 t65536", "the thread is no number below 65536")]
    [InlineData("a 0 10 16 x", "' x' is left over at its end")]
    [InlineData("a 0 10 16 t1 7", "' 7' is left over at its end")]
    [InlineData("f 0", "id 0 is not alive")]
    [InlineData("r 0 10", "id 0 is not alive")]
    [InlineData("a 0 1\nf 0\nf 0", "id 0 is not alive")]
    [InlineData("a 0 1\nf 0\nr 0 5", "id 0 is not alive")]
    [InlineData("m 1", "' 1' is left over at its end")]
    [InlineData("x 0", "'x' is no kind of event; a, r, f and m are")]
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
    public void A_gzip_that_ends_early_is_refused()
    {
        var whole = Zip(Header + "\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"a {i} {i * 7919}\n")));
        Assert.ThrowsAny<Exception>(() => AllocationTrace.Read(new MemoryStream(whole[..^2000]), "game.trace"));
    }

    [Fact]
    public void A_file_that_is_not_there_is_told()
    {
        Assert.Throws<FileNotFoundException>(() => AllocationTrace.Read("no such file.trace"));
        Assert.Throws<ArgumentNullException>(() => AllocationTrace.Read(null!, "x"));
    }

    [Fact]
    public void An_event_takes_16_bytes() => Assert.Equal(16, Unsafe.SizeOf<TraceEvent>());

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
