using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>
/// Two threads in an allocator for one, while a guard checks threads: the first call that meets another one is refused,
/// so nothing is ever handed out twice and nothing breaks.
/// </summary>
public sealed unsafe class CheckedThreadsTests
{
    private const int MostCalls = 50_000_000;

    public static TheoryData<string> Kinds => new(Subjects.Keys);

    public static IEnumerable<object[]> GuardedKinds =>
        from kind in Subjects.Keys from guard in Guards select new object[] { kind, guard };

    private static readonly string[] Guards =
        ["threads", "threads,sample=3", "poison,redzone=16,quarantine=4KiB", "foreign", "pages"];

    // Each makes an allocator and returns a call that allocates and frees in it.
    private static readonly Dictionary<string, Func<PageArena, Action>> Subjects = new()
    {
        ["pool"] = arena =>
        {
            var pool = new Pool<long>(arena);
            return () => pool.Free(pool.Allocate());
        },
        ["heap"] = arena =>
        {
            var heap = new Heap(arena);
            return () => heap.Free(heap.Allocate(100));
        },
        ["buddy"] = arena =>
        {
            var buddy = new BuddyAllocator(arena, 1 << 20);
            return () => buddy.Free(buddy.Allocate(100));
        },
        ["frames"] = arena =>
        {
            var frames = new FrameAllocator(arena);
            return () =>
            {
                using var scope = frames.Scope();
                *(int*)frames.Allocate(100) = 1;
            };
        },
        ["frames of a list"] = arena =>
        {
            var frames = (IMemorySource)new FrameAllocator(arena);
            return () =>
            {
                var first = frames.Allocate(16, 16, default);
                frames.Resize(first, 16, 32, 16, default);
            };
        },
        ["handle map"] = arena =>
        {
            var map = new HandleMap<long>(arena);
            return () => map.Free(map.Allocate(1));
        },
        ["dense handle map"] = arena =>
        {
            var map = new DenseHandleMap<long>(arena);
            return () => map.Free(map.Allocate(1));
        },
        ["relocatable heap"] = arena =>
        {
            var heap = new RelocatableHeap(arena);
            return () => heap.Free(heap.Allocate(100));
        },
        ["relocatable heap that compacts"] = arena =>
        {
            var heap = new RelocatableHeap(arena);
            var kept = heap.Allocate(10);
            return () =>
            {
                heap.Resize(kept, heap.ByteCount(kept) ^ 64);
                heap.Compact(1000);
            };
        },
    };

    [Theory]
    [MemberData(nameof(GuardedKinds))]
    public void Two_threads_that_meet_are_refused(string kind, string guard)
    {
        using var arena = new PageArena(new PageArenaOptions { Guard = GuardVariable.Parse(guard, out _) });
        var call = Subjects[kind](arena);
        for (var i = 0; i < 1000; i++)
            call();
        var refused = new StrongBox<Exception?>();
        using var both = new Barrier(2);
        ThreadCrew.Run(2, _ =>
        {
            both.SignalAndWait();
            for (var i = 0; i < MostCalls && Volatile.Read(ref refused.Value) is null; i++)
            {
                try
                {
                    call();
                }
                catch (InvalidOperationException failure) when (!IsOfScopes(failure))
                {
                    Interlocked.CompareExchange(ref refused.Value, failure, null);
                }
                catch (InvalidOperationException)
                {
                    // Threads that take turns end each other's scopes without ever meeting.
                }
            }
        });
        Assert.Contains("is for one thread, and two used it at the same time: use ", refused.Value?.Message);
        Assert.Throws<InvalidOperationException>(call);
    }

    private static bool IsOfScopes(InvalidOperationException failure) =>
        failure.Message.Contains("cannot rewind to that mark", StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Threads_in_turn_are_served(string kind)
    {
        using var arena = new PageArena(new PageArenaOptions { Guard = new GuardOptions { CheckThreads = true } });
        var call = Subjects[kind](arena);
        using var other = new OtherThread();
        for (var i = 0; i < 300; i++)
        {
            call();
            other.Call(call);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_call_is_checked_as_long_as_the_guard_is_attached(bool isMadeBefore)
    {
        using var arena = new PageArena("test");
        using var early = new FrameAllocator(arena);
        if (!isMadeBefore)
            arena.AttachGuard(new GuardOptions { CheckThreads = true });
        using var late = new FrameAllocator(arena);
        var frames = isMadeBefore ? early : late;
        if (isMadeBefore)
            arena.AttachGuard(new GuardOptions { CheckThreads = true });
        for (var i = 0; i < 1000; i++)
            frames.Allocate(8);
        Assert.True(frames.ChecksCalls);
        arena.DetachGuard();
        for (var i = 0; i < 1000; i++)
            frames.Allocate(8);
        Assert.False(frames.ChecksCalls);
    }

    [Fact]
    public void A_guard_of_threads_alone_makes_no_records()
    {
        using var arena = new PageArena(new PageArenaOptions { Guard = new GuardOptions { CheckThreads = true } });
        using var heap = new Heap(arena);
        using var pool = new Pool<long>(arena);
        Assert.Equal(8, pool.Layout.StrideBytes);
        Assert.Null(heap.Guard);
        Assert.Null(pool.Guard);
        Assert.Equal(112u, heap.UsableBytes(heap.Allocate(100)));
        heap.Clear();
    }

    [Fact]
    public void A_dense_map_keeps_its_handles_while_threads_are_checked()
    {
        using var arena = new PageArena("test");
        using var map = new DenseHandleMap<int>(arena);
        var handles = new List<Handle<int>>();
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            if (i % 1000 == 0)
                arena.DetachGuard();
            if (i % 1000 == 500)
                arena.AttachGuard(new GuardOptions { CheckThreads = true, SampleEvery = i % 2000 == 500 ? 10 : 0 });
            if (random.Next(5) < 3)
            {
                handles.Add(map.Allocate(handles.Count));
                map[handles[^1]] = (int)handles[^1].Index;
                continue;
            }
            if (handles.Count == 0)
                continue;
            var at = random.Next(handles.Count);
            var handle = handles[at];
            handles[at] = handles[^1];
            handles.RemoveAt(handles.Count - 1);
            Assert.True(map.Free(handle));
            Assert.False(map.Free(handle));
            Assert.False(map.Contains(handle));
        }
        Assert.Equal(handles.Count, map.LiveCount);
        Assert.True(map.Capacity >= map.LiveCount);
        Assert.All(handles, handle => Assert.Equal((int)handle.Index, map[handle]));
    }
}
