using System.Runtime.Intrinsics;

namespace Arena.Tests.Frames;

public sealed unsafe class FrameAllocatorTests : IDisposable
{
    private static readonly nuint Huge = unchecked((nuint)(-1));

    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Allocations_lie_in_a_row_and_are_aligned_to_16_by_default()
    {
        using var frames = new FrameAllocator(_arena);
        var first = (nuint)frames.Allocate(1);
        var second = (nuint)frames.Allocate(17);
        var third = (nuint)frames.Allocate(1, 0);
        Assert.Equal(0u, first % 16);
        Assert.Equal(first + 16, second);
        Assert.Equal(second + 32, third);
        Assert.Equal((nuint)49, frames.UsedBytes);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(1, 16)]
    [InlineData(1, 4096)]
    [InlineData(16, 16)]
    [InlineData(48, 16)]
    [InlineData(64, 16)]
    [InlineData(100, 4)]
    [InlineData(100, 64)]
    [InlineData(4096, 4096)]
    [InlineData(0, 32)]
    public void An_allocation_takes_its_bytes_and_the_padding_in_front_and_no_more(int byteCount, int alignment)
    {
        using var frames = new FrameAllocator(_arena, 1 << 20);
        var start = (nuint)frames.Allocate(0, 1);
        for (var odd = 0; odd < 20; odd++)
        {
            var end = (nuint)frames.Allocate((nuint)odd, 1) + (nuint)odd;
            var address = (nuint)frames.Allocate((nuint)byteCount, (nuint)alignment);
            Assert.InRange(address, end, end + (nuint)alignment - 1);
            Assert.Equal(0u, address % (nuint)alignment);
            Assert.Equal(address + (nuint)byteCount - start, frames.UsedBytes);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(8192)]
    [InlineData(1 << 20)]
    [InlineData(1 << 24)]
    public void Every_power_of_two_is_an_alignment(int alignment)
    {
        using var frames = new FrameAllocator(_arena, 256);
        for (var i = 0; i < 3; i++)
        {
            frames.Allocate(1, 1);
            var address = (nuint)frames.Allocate(100, (nuint)alignment);
            Assert.Equal(0u, address & ((nuint)alignment - 1));
            new Span<byte>((void*)address, 100).Fill(1);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(24)]
    [InlineData(4097)]
    public void An_alignment_that_is_no_power_of_two_is_an_error_of_the_argument(int alignment)
    {
        using var frames = new FrameAllocator(_arena);
        Assert.Throws<ArgumentException>(() => (nuint)frames.Allocate(8, (nuint)alignment));
        Assert.Throws<ArgumentException>(() => frames.TryAllocate(8, (nuint)alignment, out _));
        Assert.Equal((nuint)0, frames.UsedBytes);
    }

    [Fact]
    public void Values_are_aligned_as_the_runtime_wants_them()
    {
        using var frames = new FrameAllocator(_arena);
        for (var i = 0; i < 8; i++)
        {
            frames.Allocate(1, 1);
            Assert.Equal(0u, (nuint)frames.Allocate<byte>() % 16);
            Assert.Equal(0u, (nuint)frames.Allocate<decimal>() % 16);
            frames.Allocate(1, 1);
            Assert.Equal(0u, (nuint)frames.Allocate<Vector256<float>>() % 32);
            frames.Allocate(1, 1);
            Assert.Equal(0u, (nuint)frames.Allocate<Vector512<float>>() % 64);
        }
    }

    [Fact]
    public void A_span_has_its_length_and_its_own_memory()
    {
        using var frames = new FrameAllocator(_arena);
        var ints = frames.AllocateSpan<int>(1000);
        var longs = frames.AllocateSpan<long>(1000);
        ints.Fill(7);
        longs.Fill(-1);
        Assert.Equal(1000, ints.Length);
        Assert.True(ints.IndexOfAnyExcept(7) < 0);
        Assert.True(frames.AllocateSpan<int>(0).IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => frames.AllocateSpan<int>(-1).Length);
    }

    [Fact]
    public void A_frame_that_outgrows_its_buffer_grows_and_moves_nothing()
    {
        using var frames = new FrameAllocator(_arena, 4096);
        var spans = new nint[2000];
        for (var i = 0; i < spans.Length; i++)
        {
            var span = frames.AllocateSpan<int>(100);
            span.Fill(i);
            fixed (int* first = span)
                spans[i] = (nint)first;
        }
        for (var i = 0; i < spans.Length; i++)
            Assert.True(new Span<int>((void*)spans[i], 100).IndexOfAnyExcept(i) < 0);
        Assert.Equal((nuint)2000 * 400, frames.UsedBytes);
    }

    [Fact]
    public void A_frame_that_needed_several_chunks_gets_one_large_enough()
    {
        using var frames = new FrameAllocator(_arena, 4096);
        AllocateKibibytes(frames, 900);
        frames.NextFrame();
        var first = (byte*)frames.Allocate(1);
        var previous = first;
        for (var i = 0; i < 900; i++)
        {
            var next = (byte*)frames.Allocate(1024);
            Assert.True(next - previous <= 1024);
            previous = next;
        }
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 16)]
    [InlineData(2, 1 << 20)]
    public void In_the_steady_state_nothing_is_taken_from_arena_or_collector(int buffers, int alignment)
    {
        using var frames = new FrameAllocator(_arena, 4096, buffers);
        for (var i = 0; i < 10; i++)
            RunFrame(frames, (nuint)alignment);
        var lent = _arena.LentBytes;
        var committed = _arena.CommittedBytes;
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                RunFrame(frames, (nuint)alignment);
                if (_arena.LentBytes != lent)
                    break;
            }
        }));
        Assert.Equal(lent, _arena.LentBytes);
        Assert.Equal(committed, _arena.CommittedBytes);

        static void RunFrame(FrameAllocator frames, nuint alignment)
        {
            for (var i = 0; i < 100; i++)
                frames.Allocate(1000);
            using (frames.Scope())
                frames.AllocateSpan<long>(5000).Clear();
            frames.Allocate(64, alignment);
            frames.Allocate<int>();
            frames.NextFrame();
        }
    }

    [Fact]
    public void An_alignment_that_cost_little_once_is_provided_for_in_any_place()
    {
        const nuint Alignment = 4 << 20;
        using var frames = new FrameAllocator(_arena, 4096);
        // The frame's second chunk begins a page below an aligned address: there the padding is a page.
        _arena.Allocate(Alignment - _arena.LentBytes - PageArena.PageBytes);
        frames.Allocate(64, Alignment);
        Assert.True(frames.UsedBytes < 2 * PageArena.PageBytes);
        frames.NextFrame();
        var lent = _arena.LentBytes;
        for (var i = 0; i < 10; i++)
        {
            frames.Allocate(64, Alignment);
            Assert.Equal(lent, _arena.LentBytes);
            frames.NextFrame();
            Assert.Equal(lent, _arena.LentBytes);
        }
    }

    [Fact]
    public void Memory_goes_back_when_the_recent_frames_were_far_smaller()
    {
        using var frames = new FrameAllocator(_arena, 4096, buffers: 2);
        var lentAtFirst = _arena.LentBytes;
        AllocateKibibytes(frames, 10_000);
        frames.NextFrame();
        frames.NextFrame();
        Assert.True(_arena.LentBytes > 10_000 << 10);
        for (var i = 0; i < 200; i++)
        {
            frames.Allocate(100);
            frames.NextFrame();
        }
        Assert.InRange(_arena.LentBytes, lentAtFirst, 8 * lentAtFirst);
        Assert.InRange(frames.PeakUsedBytes, (nuint)10_000 << 10, (nuint)10_001 << 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_frame_stays_valid_until_the_next_frame_began_as_often_as_there_are_buffers(int buffers)
    {
        using var frames = new FrameAllocator(_arena, 1000, buffers);
        var alive = new Queue<(int Frame, nint Address)>();
        for (var frame = 0; frame < 50; frame++)
        {
            // Growing frames: the buffers are exchanged for larger ones all the time.
            var count = 50 * (frame + 1);
            var span = frames.AllocateSpan<int>(count);
            span.Fill(frame);
            fixed (int* first = span)
                alive.Enqueue((frame, (nint)first));
            if (alive.Count > buffers)
                alive.Dequeue();
            foreach (var (filled, address) in alive)
                Assert.True(new Span<int>((void*)address, 50 * (filled + 1)).IndexOfAnyExcept(filled) < 0);
            frames.NextFrame();
        }
    }

    [Fact]
    public void Absurd_sizes_and_alignments_are_out_of_memory_and_change_nothing()
    {
        using var frames = new FrameAllocator(_arena, name: "scratch");
        frames.Allocate(24);
        var absurd = new[] { Huge, Huge - 15, Huge / 2, Huge / 2 + 1, (nuint)1 << 40, _arena.ReservedBytes };
        foreach (var byteCount in absurd)
        {
            Assert.False(frames.TryAllocate(byteCount, 16, out var address));
            Assert.True(address == null);
            var error = Assert.Throws<ArenaOutOfMemoryException>(() => (nuint)frames.Allocate(byteCount, 4096));
            Assert.Equal(byteCount, error.RequestedBytes);
            Assert.Contains("'scratch'", error.Message, StringComparison.Ordinal);
        }
        Assert.False(frames.TryAllocate(8, Huge / 2 + 1, out _));
        Assert.Equal((nuint)24, frames.UsedBytes);
        Assert.True(frames.Allocate(8) != null);
    }

    [Fact]
    public void A_frame_beyond_the_budget_is_out_of_memory_and_the_frame_goes_on()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 1 << 20 });
        using var frames = new FrameAllocator(arena, 4096);
        for (var frame = 0; frame < 4; frame++)
        {
            nuint served = 0;
            while (frames.TryAllocate(1024, 16, out var address))
            {
                new Span<byte>(address, 1024).Fill(1);
                served += 1024;
            }
            Assert.True(served >= 200 << 10, $"frame {frame} was served {served} bytes");
            frames.NextFrame();
        }
    }

    [Fact]
    public void Buffers_that_the_arena_cannot_lend_leave_nothing_behind()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 1 << 20 });
        Assert.Throws<ArenaOutOfMemoryException>(() => new FrameAllocator(arena, 300_000, buffers: 8));
        Assert.Throws<ArenaOutOfMemoryException>(() => new FrameAllocator(arena, Huge));
        Assert.Equal((nuint)0, arena.LentBytes);
    }

    [Fact]
    public void Senseless_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new FrameAllocator(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameAllocator(_arena, 0, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_dispose_every_call_says_so(bool withTheArena)
    {
        var arena = new PageArena("short-lived");
        var frames = new FrameAllocator(arena);
        var mark = frames.Mark();
        IDisposable end = withTheArena ? arena : frames;
        end.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nuint)frames.Allocate(8));
        Assert.Throws<ObjectDisposedException>(() => (nuint)frames.Allocate(0, 1));
        Assert.Throws<ObjectDisposedException>(() => (nuint)frames.Allocate<int>());
        Assert.Throws<ObjectDisposedException>(() => frames.AllocateSpan<int>(0).Length);
        Assert.Throws<ObjectDisposedException>(() => frames.TryAllocate(8, 16, out _));
        Assert.Throws<ObjectDisposedException>(() => frames.Mark());
        Assert.Throws<ObjectDisposedException>(() => frames.Rewind(mark));
        Assert.Throws<ObjectDisposedException>(frames.NextFrame);
        Assert.Equal((nuint)0, frames.UsedBytes);
        frames.Dispose();
        arena.Dispose();
    }

    [Fact]
    public void Dispose_gives_all_chunks_back_and_reports_no_leak()
    {
        var leaks = 0;
        _arena.LeaksFound += _ => leaks++;
        var frames = new FrameAllocator(_arena, 4096, buffers: 3);
        AllocateKibibytes(frames, 100);
        frames.NextFrame();
        AllocateKibibytes(frames, 300);
        frames.Dispose();
        Assert.Equal((nuint)0, _arena.LentBytes);
        Assert.Equal(0, leaks);
    }

    private static void AllocateKibibytes(FrameAllocator frames, int count)
    {
        for (var i = 0; i < count; i++)
            frames.Allocate(1024);
    }
}
