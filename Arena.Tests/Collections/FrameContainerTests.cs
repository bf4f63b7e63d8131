using System.Runtime.CompilerServices;
using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>Containers in frame memory: the last one made grows in place, and none grows beyond its frame.</summary>
public sealed class FrameContainerTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void What_was_made_last_grows_in_place_and_takes_no_more_than_it_needs()
    {
        var frames = new FrameAllocator(_arena, 1 << 20);
        var list = new NativeList<int>(frames);
        list.Add(0);
        ref var first = ref list[0];
        for (var i = 1; i < 100_000; i++)
            list.Add(i);
        first = 5;
        Assert.Equal(5, list[0]);
        Assert.Equal((nuint)list.Capacity * sizeof(int), frames.UsedBytes);
        Assert.Equal(Enumerable.Range(1, 99_999), list.AsSpan()[1..].ToArray());
    }

    [Fact]
    public void What_something_lies_behind_moves_and_stays_whole()
    {
        var frames = new FrameAllocator(_arena, 1 << 10);
        var first = new NativeList<int>(frames);
        var second = new NativeQueue<int>(frames);
        for (var i = 0; i < 50_000; i++)
        {
            first.Add(i);
            second.Enqueue(-i);
        }
        Assert.Equal(Enumerable.Range(0, 50_000), first.AsSpan().ToArray());
        for (var i = 0; i < 50_000; i++)
        {
            Assert.True(second.TryDequeue(out var item));
            Assert.Equal(-i, item);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Growth_beyond_the_frame_is_refused_as_soon_as_the_memory_is_anothers(int buffers)
    {
        var frames = new FrameAllocator(_arena, buffers: buffers, name: "scratch");
        var list = new NativeList<int>(frames, 4);
        for (var frame = 1; frame < buffers; frame++)
        {
            frames.NextFrame();
            var copy = list;
            copy.EnsureCapacity(8);
        }
        frames.NextFrame();
        var refused = Assert.Throws<ObjectDisposedException>(() => list.EnsureCapacity(8));
        Assert.Contains("FrameContainerTests.cs", refused.Message);
        Assert.Contains("frame allocator 'scratch'", refused.Message);
        // Dispose has nothing to free, and the variable serves again.
        list.Dispose();
        list = new NativeList<int>(frames, 4);
        list.EnsureCapacity(8);
    }

    [Fact]
    public void A_rewound_position_and_a_full_chunk_are_no_room()
    {
        var frames = new FrameAllocator(_arena, 1 << 12);
        var list = new NativeList<byte>(frames, 64);
        // The chunk ends there; the next one is elsewhere.
        var rest = frames.AllocateSpan<byte>(16);
        list.EnsureCapacity(256);
        Assert.False(Unsafe.AreSame(ref rest[0], ref list.AddUninitialized(1)[0]));
        var used = frames.UsedBytes;
        list.EnsureCapacity(1 << 20);
        Assert.True(frames.UsedBytes > used);
        Assert.Equal(1, list.Count);
    }
}
