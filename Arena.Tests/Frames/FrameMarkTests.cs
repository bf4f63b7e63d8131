namespace Arena.Tests.Frames;

public sealed unsafe class FrameMarkTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Rewinding_frees_what_came_after_the_mark()
    {
        using var frames = new FrameAllocator(_arena, 4096);
        frames.Allocate(100);
        var mark = frames.Mark();
        var after = (nuint)frames.Allocate(16);
        AllocateKibibytes(frames, 100);
        frames.Rewind(mark);
        Assert.Equal((nuint)100, frames.UsedBytes);
        Assert.Equal(after, (nuint)frames.Allocate(16));
        Assert.True(frames.PeakUsedBytes > 100 << 10);
        frames.Rewind(mark);
        Assert.Equal(mark, frames.Mark());
    }

    [Fact]
    public void After_a_rewind_the_later_chunks_are_used_again()
    {
        using var frames = new FrameAllocator(_arena, 4096);
        var mark = frames.Mark();
        AllocateKibibytes(frames, 100);
        var lent = _arena.LentBytes;
        frames.Rewind(mark);
        AllocateKibibytes(frames, 100);
        Assert.Equal(lent, _arena.LentBytes);
    }

    [Fact]
    public void A_mark_of_an_older_frame_is_refused()
    {
        using var frames = new FrameAllocator(_arena, name: "scratch");
        frames.Allocate(100);
        var mark = frames.Mark();
        frames.NextFrame();
        frames.Allocate(200);
        AssertRefused(frames, mark);
    }

    [Fact]
    public void A_mark_of_another_allocator_and_the_default_are_refused()
    {
        using var frames = new FrameAllocator(_arena, name: "scratch");
        using var other = new FrameAllocator(_arena);
        frames.Allocate(100);
        AssertRefused(frames, other.Mark());
        AssertRefused(frames, default);
    }

    [Fact]
    public void A_mark_above_the_present_position_is_refused()
    {
        using var frames = new FrameAllocator(_arena, 4096, name: "scratch");
        var low = frames.Mark();
        frames.Allocate(1000);
        var inFirstChunk = frames.Mark();
        AllocateKibibytes(frames, 10);
        var inLaterChunk = frames.Mark();
        frames.Rewind(low);
        frames.Allocate(100);
        AssertRefused(frames, inFirstChunk);
        AssertRefused(frames, inLaterChunk);
        // In a later chunk again, but the first was left below the mark.
        frames.Allocate(9000);
        AssertRefused(frames, inFirstChunk);
    }

    [Fact]
    public void A_scope_rewinds_at_its_end_and_nests()
    {
        using var frames = new FrameAllocator(_arena, 4096);
        frames.Allocate(10);
        using (frames.Scope())
        {
            AllocateKibibytes(frames, 5);
            var used = frames.UsedBytes;
            using (frames.Scope())
                AllocateKibibytes(frames, 50);
            Assert.Equal(used, frames.UsedBytes);
        }
        Assert.Equal((nuint)10, frames.UsedBytes);
    }

    [Fact]
    public void A_scope_that_outlives_its_frame_says_so()
    {
        using var frames = new FrameAllocator(_arena);
        Assert.Throws<InvalidOperationException>(() =>
        {
            using var scope = frames.Scope();
            frames.NextFrame();
        });
    }

    private static void AllocateKibibytes(FrameAllocator frames, int count)
    {
        for (var i = 0; i < count; i++)
            frames.Allocate(1024);
    }

    private static void AssertRefused(FrameAllocator frames, FrameMark mark)
    {
        var used = frames.UsedBytes;
        var present = frames.Mark();
        var error = Assert.Throws<InvalidOperationException>(() => frames.Rewind(mark));
        Assert.Contains("'scratch'", error.Message, StringComparison.Ordinal);
        Assert.Equal(used, frames.UsedBytes);
        Assert.Equal(present, frames.Mark());
    }
}
