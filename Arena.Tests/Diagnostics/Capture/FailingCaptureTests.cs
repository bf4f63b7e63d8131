using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>
/// Every write fails in turn: the capture reports it, the game goes on, and the earlier data is readable.
/// </summary>
public sealed unsafe class FailingCaptureTests : IDisposable
{
    private const string Full = "no space left on the device, says the test";

    private readonly PageArena _arena = new("level");
    private readonly string _path = Path.GetTempFileName();

    public void Dispose()
    {
        _arena.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Whichever_writing_fails_the_game_goes_on_and_the_file_is_read_up_to_it()
    {
        var failAt = 1;
        for (; !Passes(failAt); failAt++)
            Assert.True(failAt < 100, "it never passes");
        Assert.InRange(failAt, 6, 20);
        Assert.Null(MemoryCapture.Read(_path).Problem);
    }

    // Returns whether no writing failed.
    private bool Passes(int failAt)
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        var file = new FailingFile(_path, failAt);
        CaptureWriter writer;
        try
        {
            writer = CaptureWriter.Start(
                file, _path, new CaptureOptions { Interval = TimeSpan.FromMinutes(1) }, tracker);
        }
        catch (IOException e)
        {
            Assert.Equal(Full, e.Message);
            Assert.InRange(failAt, 1, 2);
            Assert.Equal(0, tracker.EndFrame().Allocations);
            return false;
        }
        for (var round = 1; round <= 2; round++)
        {
            pool.Allocate();
            tracker.EndFrame();
            writer.Flush();
            writer.RecordMap(tracker);
            writer.Mark("round");
        }
        writer.Dispose();
        Assert.Equal(2, tracker.Report().LiveCount);
        if (writer.Problem is null)
            return true;
        Assert.Equal(Full, writer.Problem);
        Assert.Contains("stopped: " + Full, writer.ToString(), StringComparison.Ordinal);
        Assert.NotNull(MemoryCapture.Read(_path).Problem);
        return false;
    }

    private sealed class FailingFile(string path, int failAt) : CaptureFile(path)
    {
        private int _writings;

        protected override void WriteAt(long position, ReadOnlySpan<byte> bytes)
        {
            if (++_writings < failAt)
            {
                base.WriteAt(position, bytes);
                return;
            }
            // A disk that is full takes a part.
            base.WriteAt(position, bytes[..(bytes.Length / 2)]);
            throw new IOException(Full);
        }
    }
}
