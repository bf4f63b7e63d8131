using System.Globalization;
using System.Text.RegularExpressions;
using Arena.Pools;
using Arena.Tests.Observation;
using Xunit.Abstractions;

namespace Arena.Tests.Guard;

/// <summary>
/// The usual road of a guard does what the other one does: the same random calls, right and wrong ones, in two arenas,
/// of which one has an observer, so that all its calls take the other road. Addresses, counts and messages are the
/// same. Set ARENA_GUARD_SEED to play a seed again.
/// </summary>
public sealed unsafe partial class UsualRoadTests(ITestOutputHelper output)
{
    private const int Steps = 4_000;

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        string[] guards =
        [
            "poison,redzone=16,quarantine=16KiB", "poison,redzone=16", "poison", "redzone=16,quarantine=4KiB",
            "redzone=40", "quarantine=4KiB", "poison,redzone=16,quarantine=2KiB,frames=2",
        ];
        foreach (var kind in (string[])["heap", "pool"])
        {
            foreach (var guard in guards)
                cases.Add(kind, guard);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_roads_do_the_same(string kind, string guard)
    {
        var seed = GuardSeed.Next(output);
        var usual = Play(kind, guard, seed, isObserved: false);
        var other = Play(kind, guard, seed, isObserved: true);
        for (var i = 0; i < Math.Min(usual.Count, other.Count); i++)
            Assert.True(usual[i] == other[i], $"step {i}: {usual[i]} on the usual road, {other[i]} on the other");
        Assert.Equal(other.Count, usual.Count);
    }

    [Fact]
    public void An_observer_closes_the_usual_road_and_so_does_the_end_of_the_guard()
    {
        using var arena = new PageArena("test");
        using var heap = new Heap(arena);
        Assert.Null(heap.UsualGuard);
        arena.AttachGuard(new GuardOptions { Poison = true });
        Assert.NotNull(heap.UsualGuard);
        var observer = new RecordingObserver();
        arena.Attach(observer);
        Assert.Null(heap.UsualGuard);
        arena.Detach(observer);
        Assert.NotNull(heap.UsualGuard);
        heap.Free(heap.Allocate(10));
        arena.DetachGuard();
        Assert.Null(heap.UsualGuard);
        arena.AttachGuard(new GuardOptions { SampleEvery = 10, CheckThreads = true });
        Assert.Null(heap.UsualGuard);
        using var shared = new SharedHeap(arena);
        Assert.Null(shared.UsualGuard);
    }

    private static List<string> Play(string kind, string guard, int seed, bool isObserved)
    {
        var random = new Random(seed);
        using var arena = new PageArena(new PageArenaOptions
        {
            Name = "test",
            ReserveBytes = 1 << 24,
            Guard = GuardVariable.Parse(guard, out _),
        });
        arena.LeaksFound += _ => { };
        if (isObserved)
            arena.Attach(new RecordingObserver());
        using var frames = new FrameAllocator(arena);
        using Subject subject = kind == "heap" ? new OfHeap(arena) : new OfPool(arena);
        Assert.Equal(isObserved, subject.Allocator.UsualGuard is null);
        var log = new List<string>();
        var live = new List<(nint Address, int Bytes)>();
        for (var step = 0; step < Steps; step++)
        {
            var what = random.Next(1_000);
            var bytes = subject.BytesOf(random);
            var at = random.Next(Math.Max(1, live.Count));
            var offset = random.Next(64);
            log.Add(Told(arena, () => Step(arena, frames, subject, live, what, bytes, at, offset)));
            log.Add(subject.Counts);
        }
        log.Add(Told(arena, () => Verified(arena)));
        return log;
    }

    private static string Step(
        PageArena arena, FrameAllocator frames, Subject subject, List<(nint Address, int Bytes)> live, int what,
        int bytes, int at, int offset)
    {
        if (what < 450 || live.Count == 0)
        {
            var made = subject.Allocate(bytes);
            live.Add((made, bytes));
            *(byte*)made = 1;
            return $"{made - (nint)arena.Base:x}";
        }
        var (address, size) = live[at];
        switch (what)
        {
            case < 900:
                live.RemoveAt(at);
                subject.Free(address);
                return "freed";
            // Without zones, the memory behind may be another's, or none.
            case < 910 when arena.Guard!.RedZoneBytes != 0:
                ((byte*)address)[size + offset % 8] ^= 5;
                return "overrun";
            case < 915:
                ((byte*)address)[-1 - offset % 32] ^= 5;
                return "underrun";
            case < 925:
                live.RemoveAt(at);
                subject.Free(address);
                subject.Free(address);
                return "freed twice";
            case < 935:
                subject.Free(address + 1 + offset);
                return "freed inside";
            case < 940:
                live.RemoveAt(at);
                subject.Free(address);
                ((byte*)address)[offset % size] ^= 9;
                return "written after free";
            case < 960:
                frames.NextFrame();
                return "frame";
            case < 985:
                return Verified(arena);
            case < 990:
                return $"trimmed {subject.Trim()}";
            case < 992:
                live.Clear();
                subject.Clear();
                return "cleared";
            default:
                return subject.Counts;
        }
    }

    private static string Verified(PageArena arena)
    {
        arena.Verify();
        return "verified";
    }

    // What a call returned, or what it threw, with addresses that count from the arena's base.
    private static string Told(PageArena arena, Func<string> call)
    {
        try
        {
            return call();
        }
        catch (InvalidOperationException failure)
        {
            return Hexadecimal().Replace(failure.Message, match =>
            {
                var address = nuint.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, null);
                return $"+{unchecked(address - (nuint)arena.Base):x}";
            });
        }
    }

    [GeneratedRegex("0x([0-9a-f]+)")]
    private static partial Regex Hexadecimal();

    private abstract class Subject(Allocator allocator) : IDisposable
    {
        public Allocator Allocator { get; } = allocator;

        public abstract string Counts { get; }

        public abstract int BytesOf(Random random);

        public abstract nint Allocate(int bytes);

        public abstract void Free(nint address);

        public abstract nuint Trim();

        public abstract void Clear();

        public void Dispose()
        {
            try
            {
                Allocator.Dispose();
            }
            catch (MemoryCorruptionException)
            {
                // What the test damaged last.
            }
        }
    }

    private sealed class OfHeap(PageArena arena) : Subject(new Heap(arena))
    {
        private Heap Heap => (Heap)Allocator;

        public override string Counts => $"{Heap.LiveCount}, {Heap.LiveBytes}, {Heap.CommittedBytes}, "
            + $"{Heap.Guard!.WaitingCount}, {Walked():x}";

        public override int BytesOf(Random random) => 1 + random.Next(random.Next(8) == 0 ? 5_000 : 300);

        public override nint Allocate(int bytes) => (nint)Heap.Allocate((nuint)bytes);

        public override void Free(nint address) => Heap.Free((void*)address);

        public override nuint Trim() => Heap.Trim();

        public override void Clear() => Heap.Clear();

        private ulong Walked()
        {
            var sum = 0UL;
            foreach (var allocation in Heap.Allocations())
                sum = unchecked(31 * sum + (nuint)allocation.Address - (nuint)Heap.Arena.Base + allocation.ByteCount);
            return sum;
        }
    }

    private sealed class OfPool(PageArena arena) : Subject(new Pool<Guid>(arena))
    {
        private Pool<Guid> Pool => (Pool<Guid>)Allocator;

        public override string Counts =>
            $"{Pool.LiveCount}, {Pool.LiveBytes}, {Pool.SlotCount}, {Pool.Guard!.WaitingCount}";

        public override int BytesOf(Random random) => sizeof(Guid);

        public override nint Allocate(int bytes) => (nint)Pool.Allocate();

        public override void Free(nint address) => Pool.Free((Guid*)address);

        public override nuint Trim() => Pool.Trim();

        public override void Clear() => Pool.Clear();
    }
}
