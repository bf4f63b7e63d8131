using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Arena.Pools;
using Arena.Tests.Os;
using Xunit.Abstractions;

namespace Arena.Tests.Guard;

/// <summary>
/// Allocations of which few are sampled are counted in windows of time only. A window may begin or end while the
/// allocator's own thread is anywhere in it.
/// </summary>
public sealed unsafe class SamplingWindowsTests(ITestOutputHelper output)
{
    private const int Every = SamplingWindows.LeastDistance;
    private const double Deviations = 5.5;

    public static TheoryData<string, string> Programs => SamplingTests.Programs;

    public static TheoryData<string> Kinds => new(SampledSubject.Kinds);

    [LinuxTheory]
    [MemberData(nameof(Programs))]
    public void Allocations_of_windows_are_sampled_sixteen_times_as_often_and_no_others(string kind, string pattern)
    {
        var random = new Random(GuardSeed.Next(output));
        var windows = new SamplingWindows();
        using var arena = Arena(windows);
        using var subject = SampledSubject.Make(kind, arena);
        var (made, sampled) = (new int[2], new int[2]);
        List<nint> live = [];
        for (var i = 0; i < 60_000; i++)
        {
            if (random.Next(300) == 0)
                windows.Set(!windows.IsOpen);
            Allocate(SampledSubject.Sizes[i / 100 % SampledSubject.Sizes.Length]);
            var frees = pattern switch
            {
                "one after the other" => 1,
                "batches" => i % 100 == 99 ? live.Count : 0,
                _ => random.Next(live.Count > 500 ? 4 : 2),
            };
            for (; frees > 0 && live.Count > 0; frees--)
                FreeOne(pattern == "at random" ? random.Next(live.Count) : live.Count - 1);
        }
        while (live.Count > 0)
            FreeOne(live.Count - 1);
        output.WriteLine($"{sampled[1]} of {made[1]} in windows, {sampled[0]} of {made[0]} between");
        Assert.Equal(0, sampled[0]);
        var expected = made[1] * (double)SamplingWindows.Share / Every;
        var deviation = Deviations * Math.Sqrt(expected);
        Assert.InRange(sampled[1], expected - deviation, expected + deviation);
        Assert.Equal(0, subject.LiveCount);

        void Allocate(nuint byteCount)
        {
            var address = subject.Allocate(byteCount);
            var window = windows.IsOpen ? 1 : 0;
            made[window]++;
            sampled[window] += subject.Guard.TryFind((nuint)address, out _) ? 1 : 0;
            live.Add(address);
        }

        void FreeOne(int index)
        {
            (live[index], live[^1]) = (live[^1], live[index]);
            subject.Free(live[^1]);
            live.RemoveAt(live.Count - 1);
        }
    }

    [LinuxTheory]
    [MemberData(nameof(Kinds))]
    public void Windows_that_come_and_go_at_any_instruction_neither_lose_a_place_nor_give_it_twice(string kind)
    {
        var random = new Random(GuardSeed.Next(output));
        var windows = new SamplingWindows();
        using var arena = Arena(windows);
        using var subject = SampledSubject.Make(kind, arena);
        var hasEnded = false;
        var changes = 0;
        var other = new Thread(() =>
        {
            for (; !Volatile.Read(ref hasEnded); changes++)
            {
                windows.Set(!windows.IsOpen);
                Thread.SpinWait(changes * 7 % 400);
            }
        });
        other.Start();
        List<nint> live = [];
        var some = new nint[40];
        var until = Stopwatch.GetTimestamp() + Stopwatch.Frequency;
        while (Stopwatch.GetTimestamp() < until)
        {
            for (var round = 0; round < 300; round++)
                Change();
            if (random.Next(20) == 0)
                subject.Trim();
        }
        Volatile.Write(ref hasEnded, true);
        other.Join();
        while (live.Count > 0)
            FreeOne();
        output.WriteLine($"{changes} changes");
        Assert.Equal(0, subject.LiveCount);

        void Change()
        {
            var byteCount = SampledSubject.Sizes[random.Next(SampledSubject.Sizes.Length)];
            if (random.Next(30) == 0)
            {
                var range = some.AsSpan(0, random.Next(some.Length));
                subject.AllocateRange(byteCount, range);
                foreach (var address in range)
                    Keep(address);
            }
            else
            {
                Keep(subject.Allocate(byteCount));
            }
            for (var frees = random.Next(live.Count > 2_000 ? 20 : 3); frees > 0 && live.Count > 0; frees--)
                FreeOne();
        }

        // Whatever is handed out twice is written twice.
        void Keep(nint address)
        {
            *(nint*)(address + subject.ValueOffset) = ~address;
            live.Add(address);
        }

        void FreeOne()
        {
            var index = random.Next(live.Count);
            var address = live[index];
            Assert.Equal(~address, *(nint*)(address + subject.ValueOffset));
            *(nint*)(address + subject.ValueOffset) = 0;
            (live[index], live[^1]) = (live[^1], live[index]);
            live.RemoveAt(live.Count - 1);
            subject.Free(address);
        }
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_fast_paths_are_open_between_windows_only(bool isOpen)
    {
        var windows = new SamplingWindows();
        using var arena = Arena(windows);
        using var shared = new SharedHeap(arena);
        using var pool = new Pool<long>(arena);
        using var heap = new Heap(arena);
        using var buddy = new BuddyAllocator(arena, 1 << 20);
        shared.Free(shared.Allocate(64));
        pool.Free(pool.Allocate());
        // The first calls of a single-threaded allocator keep the fast path closed.
        for (var i = 0; i < 1_000; i++)
        {
            heap.Free(heap.Allocate(64));
            buddy.Free(buddy.Allocate(64));
        }
        windows.Set(isOpen);
        var hasTaken = ((ILentAllocator)shared).TryTakeReady((nuint)SizeClasses.ClassOf(64), out var place);
        Assert.Equal(!isOpen, hasTaken);
        Assert.All(new Allocator[] { shared, pool, heap, buddy }, a => Assert.Equal(isOpen, a.ClosesFastPath));
        Assert.Equal(isOpen ? nint.MinValue : 0, Field(pool, "_hotBelow"));
        Assert.Equal(isOpen ? (nint)BuddyTree.Closed : Field(buddy, "_tree"), Field(buddy, "_openTree"));
        Assert.Equal(isOpen, Field(heap, "_fast") != Field(heap, "_fastOfFree"));
        // An observer sees everything, whatever the windows are.
        arena.Attach(new Silent());
        windows.Set(!isOpen);
        Assert.All(new Allocator[] { shared, pool, heap, buddy }, a => Assert.True(a.ClosesFastPath));
        Assert.Equal(nint.MinValue, Field(pool, "_hotBelow"));
        Assert.Equal((nint)FastPath.Gone, Field(heap, "_fast"));
        Assert.Equal((nint)BuddyTree.Closed, Field(buddy, "_openTree"));
        Assert.False(((ILentAllocator)shared).TryTakeReady((nuint)SizeClasses.ClassOf(64), out _));
        if (hasTaken)
            shared.Free(place);
    }

    [LinuxFact]
    public void The_process_opens_windows_a_sixteenth_of_the_time_while_an_arena_follows()
    {
        var arena = Arena(null);
        using var pool = new Pool<long>(arena);
        var (open, all, made, sampled) = (0L, 0L, 0L, 0L);
        var last = Stopwatch.GetTimestamp();
        for (var until = last + 4 * Stopwatch.Frequency; last < until;)
        {
            for (var i = 0; i < 1_000; i++, made++)
            {
                var slot = pool.Allocate();
                sampled += pool.Guard!.TryFind((nuint)slot, out _) ? 1 : 0;
                pool.Free(slot);
            }
            var now = Stopwatch.GetTimestamp();
            all += now - last;
            open += SamplingWindows.OfProcess.IsOpen ? now - last : 0;
            last = now;
        }
        var share = (double)open / all;
        var rate = sampled * (double)Every / made;
        output.WriteLine($"open {share:P1}, sampled {sampled} of {made}, {rate:F2} of what was asked for");
        // Some 20 windows, in which such a loop spends most of the time on samples; these are longer therefore. Other
        // programs take processors away just when a thread wakes up.
        Assert.InRange(share, 0.01, 0.7);
        Assert.InRange(rate, 0.04, 3);
        arena.Dispose();
    }

    [Fact]
    public void Followers_are_held_weakly_and_not_notified_once_they_are_removed()
    {
        var windows = new SamplingWindows();
        var (kept, removed) = (new Follower(), new Follower());
        windows.TryAdd(kept);
        windows.TryAdd(removed);
        AddForgotten(windows);
        windows.Remove(removed);
        GC.Collect();
        windows.Set(isOpen: true);
        windows.Set(isOpen: false);
        Assert.Equal((2, 0), (kept.Count, removed.Count));
        GC.KeepAlive(removed);
    }

    [Fact]
    public void To_open_and_close_windows_makes_no_garbage()
    {
        var windows = new SamplingWindows();
        // Samples are a cost of their own.
        using var arena = Arena(windows, int.MaxValue);
        using var pool = new Pool<long>(arena);
        using var heap = new Heap(arena);
        Flip(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Flip(100);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Flip(int times)
        {
            for (var i = 0; i < times; i++)
            {
                windows.Set(i % 2 == 0);
                pool.Free(pool.Allocate());
                heap.Free(heap.Allocate(64));
            }
        }
    }

    // A method of its own, so that nothing refers to the follower.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddForgotten(SamplingWindows windows) => windows.TryAdd(new Follower());

    private static PageArena Arena(SamplingWindows? windows, int every = Every) => new(new PageArenaOptions
    {
        Name = "sampled",
        Guard = new GuardOptions { SampleEvery = every, Windows = windows },
    });

    private static nint Field(object of, string name)
    {
        var value = of.GetType().GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(of);
        return value is nint number ? number : (nint)Pointer.Unbox(value!);
    }

    private sealed class Follower : IFollowsWindows
    {
        public int Count { get; private set; }

        public void FollowWindow(bool isOpen) => Count++;
    }

    private sealed class Silent : IAllocationObserver
    {
        public void Allocated(in AllocationEvent allocation)
        {
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }
    }
}
