using System.Runtime.CompilerServices;
using Arena.Collections;
using Arena.Pools;

namespace Arena.Tests.Collections;

public sealed class AllocatorHandleTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_handle_is_a_value_of_8_bytes_and_the_same_every_time()
    {
        Assert.Equal(8, Unsafe.SizeOf<AllocatorHandle>());
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<AllocatorHandle>());
        var heap = new Heap(_arena, "level");
        AllocatorHandle handle = heap;
        Assert.Equal(handle, heap);
        Assert.Equal("heap 'level'", handle.ToString());
        Assert.True(handle.IsAlive);
        Assert.True(default(AllocatorHandle).IsNone);
        Assert.False(default(AllocatorHandle).IsAlive);
    }

    [Fact]
    public void All_allocators_of_any_size_have_one()
    {
        var shared = new SharedHeap(_arena);
        AllocatorHandle[] handles =
        [
            new Heap(_arena), shared, new BuddyAllocator(_arena, 1 << 16), new FrameAllocator(_arena),
            new LimitedAllocator(1 << 16),
        ];
        Assert.Equal(5, handles.Distinct().Count());
        AllocatorHandle local = shared.Local();
        Assert.Equal(handles[1], local);
        foreach (var handle in handles)
        {
            var address = handle.Allocate(100);
            address = handle.Reallocate(address, 100, 5000);
            Assert.Equal(0, address % 16);
            address = handle.Reallocate(address, 5000, 20_000, 64);
            Assert.Equal(0, address % 64);
            handle.Free(address, 20_000);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_outlives_its_allocator_throws_and_names_it(bool withItsArena)
    {
        using var arena = new PageArena("short");
        var heap = new Heap(arena, "level 1");
        var list = new NativeList<int>(heap, 4);
        AllocatorHandle handle = heap;
        if (withItsArena)
            arena.Dispose();
        else
            heap.Dispose();

        Assert.False(handle.IsAlive);
        AssertGone(() => handle.Allocate(1));
        AssertGone(() => list.AddRange([1, 2, 3, 4, 5]));
        AssertGone(() => list.Dispose());
        AssertGone(() => _ = new NativeList<int>(handle));
        Assert.Throws<ObjectDisposedException>(() => _ = new NativeList<int>(heap));

        // The index is used again with another generation, usually by the next allocator: other tests have allocators
        // too.
        var others = new List<AllocatorHandle> { new Heap(_arena) };
        var isUsedAgain = false;
        for (var tries = 0; tries < 1000 && !isUsedAgain; tries++)
        {
            var former = others[^1];
            ((IDisposable)AllocatorTable.Get(former).Source).Dispose();
            others.Add(new Heap(_arena));
            isUsedAgain = others[^1].Index == former.Index;
        }
        Assert.True(isUsedAgain);
        Assert.DoesNotContain(handle, others);
        Assert.Equal(others.Count, others.Distinct().Count());
        AssertGone(() => handle.Allocate(1));
        AssertGone(() => list.Dispose());

        static void AssertGone(Action action)
        {
            var exception = Assert.Throws<ObjectDisposedException>(action);
            Assert.Contains("heap 'level 1'", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_allocator_that_is_null_is_an_argument_error()
    {
        Assert.Throws<ArgumentNullException>(() => _ = new NativeList<int>((Heap)null!));
        Assert.Throws<ArgumentNullException>(() => _ = new NativeList<int>((SharedHeap)null!));
        Assert.Throws<ArgumentNullException>(() => _ = new NativeList<int>((BuddyAllocator)null!));
        Assert.Throws<ArgumentNullException>(() => _ = new NativeList<int>((FrameAllocator)null!));
        Assert.Throws<ArgumentNullException>(() => _ = new NativeList<int>((CustomAllocator)null!));
    }

    [Fact]
    public void An_allocator_of_ones_own_gets_the_line_that_made_the_container()
    {
        using var custom = new LimitedAllocator(1 << 16, "mine");
        var list = new NativeList<int>(custom);
        var line = Here() - 1;
        list.Add(1);
        Assert.Equal(
            ("AllocatorHandleTests.cs", line), (Path.GetFileName(custom.LastLine.File), custom.LastLine.Line));
        Assert.Equal(nameof(An_allocator_of_ones_own_gets_the_line_that_made_the_container), custom.LastLine.Member);
        var exception = Assert.Throws<ArenaOutOfMemoryException>(() => list.EnsureCapacity(1 << 20));
        Assert.Contains("'mine'", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, list[0]);
        custom.Dispose();
        Assert.Throws<ObjectDisposedException>(() => list.Dispose());
    }

    [Fact]
    public void Handles_of_many_threads_are_all_different()
    {
        var handles = new AllocatorHandle[4][];
        Parallel.For(0, handles.Length, thread => handles[thread] =
        [
            .. Enumerable.Range(0, 500).Select(_ =>
            {
                using var custom = new LimitedAllocator(1);
                AllocatorHandle handle = custom;
                Assert.True(handle.IsAlive);
                return handle;
            }),
        ]);
        Assert.Equal(2000, handles.SelectMany(own => own).Distinct().Count());
        Assert.All(handles.SelectMany(own => own), handle => Assert.False(handle.IsAlive));
    }

    [Fact]
    public void Tickets_of_many_threads_are_current_once()
    {
        var tickets = new Tickets();
        Parallel.For(0, 4, _ =>
        {
            for (var round = 0; round < 2000; round++)
            {
                var held = Enumerable.Range(0, 5).Select(_ => tickets.Take()).ToArray();
                Assert.Equal(5, held.Select(ticket => ticket.Number).Distinct().Count());
                for (var i = 0; i < held.Length; i++)
                {
                    var old = held[i];
                    Assert.True(tickets.TryRenew(ref held[i]));
                    Assert.False(tickets.TryReturn(old));
                    Assert.True(tickets.TryReturn(held[i]));
                    Assert.False(tickets.TryReturn(held[i]));
                }
            }
        });
    }

    private static int Here([CallerLineNumber] int line = 0) => line;
}
