using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>
/// Diagnostics on an arena that is, or is being, disposed: they throw an exception that names it, or show nothing
/// alive.
/// </summary>
public sealed unsafe class DisposedArenaTests
{
    public static TheoryData<string> States => [.. Uses.Keys];

    private static Dictionary<string, Action<PageArena>> Uses => new()
    {
        ["bare"] = _ => { },
        ["a block lent"] = arena => arena.Allocate(1 << 20),
        ["a block given back"] = arena => arena.Free(arena.Allocate(1 << 20)),
        ["trimmed"] = arena =>
        {
            arena.Free(arena.Allocate(1 << 20));
            arena.Trim();
        },
        ["a pool"] = arena => new Pool<long>(arena).Allocate(),
        ["a map"] = arena => new HandleMap<long>(arena).Allocate(1),
        ["a heap"] = arena => new Heap(arena).Allocate(1 << 20),
        ["a shared heap"] = arena => new SharedHeap(arena).Allocate(100),
        ["a buddy"] = arena => new BuddyAllocator(arena, 1 << 20).Allocate(100),
        ["frames"] = arena => new FrameAllocator(arena).Allocate(100),
        ["disposed allocators"] = arena => new Heap(arena).Dispose(),
    };

    [Theory]
    [MemberData(nameof(States))]
    public void It_cannot_be_attached_to_and_the_exception_names_it(string state)
    {
        var arena = new PageArena("gone");
        Uses[state](arena);
        arena.Dispose();
        AssertRefused(arena);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Nor_while_it_goes(string state)
    {
        var arena = new PageArena("gone");
        var refused = 0;
        arena.LeaksFound += _ =>
        {
            AssertRefused(arena);
            refused++;
        };
        Uses[state](arena);
        arena.Allocate(1);
        arena.Dispose();
        Assert.InRange(refused, 1, 2);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void What_was_attached_before_answers_and_finds_nothing(string state)
    {
        foreach (nuint sampleBytes in (nuint[])[0, 2])
        {
            var arena = new PageArena("gone");
            using var tracker = LeakTracker.Attach(arena, new LeakTrackerOptions { SampleBytes = sampleBytes });
            using var late = LeakTracker.Attach(arena);
            using var metrics = ArenaMetrics.Observe(arena);
            Uses[state](arena);
            arena.Dispose();
            Assert.Equal(0, tracker.Report().LiveCount);
            Assert.Empty(tracker.Snapshot().Rows);
            Assert.Equal(0, tracker.EndFrame().LiveBytes);
            Assert.NotEmpty(tracker.RecentFrames());
            tracker.TakeStacks("Game.cs", 1);
            Assert.Contains("'gone'", tracker.ToString(), StringComparison.Ordinal);
            var refusal = Record.Exception(() => late.SetBudget("ai", new MemoryBudget { HardBytes = 1 }));
            Assert.Equal("arena 'gone'", Assert.IsType<ObjectDisposedException>(refusal).ObjectName);
            metrics.Dispose();
        }
    }

    private static void AssertRefused(PageArena arena)
    {
        foreach (var attach in (Action[])
        [
            () => LeakTracker.Attach(arena),
            () => LeakTracker.Attach(arena, new LeakTrackerOptions { SampleBytes = 1 << 10 }),
            () => ArenaMetrics.Observe(arena),
            () => LeakAssert.NoGrowth(12, () => { }, arena),
        ])
        {
            Assert.Equal("arena 'gone'", Assert.Throws<ObjectDisposedException>(attach).ObjectName);
        }
    }
}
