using Arena.Collections;
using Arena.Diagnostics;
using Arena.Os;
using Arena.Pools;
using Arena.Tests.Diagnostics;
using Arena.Tests.Os;

namespace Arena.Tests.Guard;

/// <summary>The rules that docs/safety.md states, beside threads, budgets, trackers and captures.</summary>
public sealed unsafe class GuardRulesTests : IDisposable
{
    private static readonly GuardOptions All = new() { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 20 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("arena guard");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_damaged_allocation_that_is_freed_throws_once_it_waits_and_the_game_goes_on()
    {
        using var arena = Arena(All);
        using var heap = new Heap(arena);
        var address = (byte*)heap.Allocate(64, 16, "Ship.cs", 41, "Fire");
        address[64] ^= 1;
        Assert.Throws<MemoryCorruptionException>(() => heap.Free(address, "Wreck.cs", 88, "Sink"));
        Assert.Equal(0, heap.LiveCount);
        Assert.Equal(1, heap.Guard!.WaitingCount);
        Assert.Equal(GuardPattern.Freed, address[0]);
        var again = Assert.Throws<InvalidFreeException>(() => heap.Free(address));
        Assert.Contains("Wreck.cs:88 (Sink)", again.Message, StringComparison.Ordinal);
        arena.Verify();
        heap.Free(heap.Allocate(64));
    }

    [Fact]
    public void A_free_of_a_damaged_value_of_a_map_throws_and_does_not_return_false()
    {
        using var arena = Arena(All);
        using var map = new HandleMap<long>(arena);
        var handle = map.Allocate(5, "Ship.cs", 41, "Fire");
        Assert.True(map.TryGet(handle, out var value));
        ((uint*)value)[-2] ^= 0xFF00;
        var damage = Assert.Throws<MemoryCorruptionException>(() => map.Free(handle));
        Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
        Assert.False(map.Free(handle));
        Assert.Equal(0, map.LiveCount);
    }

    [Fact]
    public void A_record_that_was_overwritten_is_reported_with_the_allocation_in_front_of_it()
    {
        using var arena = Arena(All);
        using var heap = new Heap(arena);
        var first = (byte*)heap.Allocate(64, 16, "Ship.cs", 41, "Fire");
        var second = (byte*)heap.Allocate(64, 16, "Next.cs", 5, "Take");
        Assert.True(first < second);
        // Far beyond its own zone, into what is known of the next one.
        second[-GuardHeader.Bytes - 8] ^= 1;
        var damage = Assert.Throws<MemoryCorruptionException>(arena.Verify);
        Assert.Contains("what the guard knew of the allocation", damage.Message, StringComparison.Ordinal);
        Assert.Contains("The allocation in front of it is the 64 bytes", damage.Message, StringComparison.Ordinal);
        Assert.Throws<MemoryCorruptionException>(() => heap.Free(second));
        Assert.Throws<InvalidFreeException>(() => heap.Free(second));
        heap.Free(first);
        Assert.Equal((0, 0u), (heap.LiveCount, heap.LiveBytes));
        arena.Verify();
    }

    [LinuxFact]
    public void Bad_frees_look_at_no_inaccessible_page()
    {
        using var arena = Arena(All with { SampleEvery = 2 });
        using var heap = new Heap(arena);
        var addresses = new nint[100];
        for (var i = 0; i < addresses.Length; i++)
            addresses[i] = (nint)heap.Allocate(64);
        foreach (var address in addresses)
            heap.Free((void*)address);
        var paged = 0;
        foreach (var address in addresses.Where(address => !OsContract.IsTouchable((byte*)address)))
        {
            var place = address & ~((nint)PageArena.PageBytes - 1);
            for (var offset = 0; offset < 200; offset += 8)
                Assert.Throws<InvalidFreeException>(() => heap.Free((void*)(place + offset)));
            paged++;
        }
        Assert.InRange(paged, 20, 80);
        arena.DetachGuard();
    }

    [Fact]
    public void Verify_runs_beside_threads_of_a_shared_heap_and_of_a_shared_pool()
    {
        using var arena = Arena(All);
        using var heap = new SharedHeap(arena);
        using var pool = new SharedPool<long>(arena);
        var isOver = false;
        var threads = Enumerable.Range(0, 2).Select(seed => new Thread(() => Churn(heap, pool, seed, ref isOver)));
        var started = threads.ToList();
        started.ForEach(thread => thread.Start());
        for (var i = 0; i < 200; i++)
            arena.Verify();
        Volatile.Write(ref isOver, true);
        started.ForEach(thread => thread.Join());
        arena.Verify();
        Assert.Equal((0, 0), (heap.LiveCount, pool.LiveCount));
    }

    [Fact]
    public void When_out_of_memory_or_of_budget_what_waits_is_used_again_before_an_allocation_fails()
    {
        using var arena = new PageArena(new PageArenaOptions
        {
            Name = "small",
            BudgetBytes = 4 << 20,
            Guard = All with { QuarantineBytes = 1 << 30 },
        });
        using var heap = new Heap(arena);
        for (var i = 0; i < 5_000; i++)
            heap.Free(heap.Allocate(2_000));
        Assert.True(arena.CommittedBytes <= 4 << 20);
        Assert.Throws<ArenaOutOfMemoryException>(() => heap.Allocate(8 << 20));
        arena.Verify();
    }

    [Fact]
    public void Trackers_and_captures_see_what_users_have()
    {
        using var arena = Arena(All);
        using var heap = new Heap(arena, "level");
        using var tracker = LeakTracker.Attach(arena);
        var path = Path.Combine(_folder.FullName, "game.arena");
        using (CaptureWriter.Start(path, tracker))
        {
            heap.Free(heap.Allocate(100));
            _ = heap.Allocate(300);
            tracker.EndFrame();
        }
        Assert.Equal((1, 300u), (tracker.Report().LiveCount, tracker.Report().LiveBytes));
        Assert.Null(MemoryCapture.Read(path).Problem);
        arena.IgnoreLeaks = true;
    }

    [LinuxFact]
    public void Guarded_pages_leave_mappings_to_others_where_each_takes_some()
    {
        // The context counts for the thread that made it.
        var os = new FailingContext(PosixNumbers.LinuxWithoutGuards);
        using var arena = new PageArena(
            new PageArenaOptions { Name = "old system", Guard = new GuardOptions { GuardedPages = true } }, os.Memory);
        using var heap = new Heap(arena);
        var addresses = new nint[6_000];
        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = (nint)heap.Allocate(64);
            *(long*)addresses[i] = i;
        }
        var guarded = addresses.Count(address => !OsContract.IsTouchable((byte*)address + 64));
        Assert.InRange(guarded, 1_000, 4_096);
        Assert.True(arena.HeldMappings < 20_000, $"{arena.HeldMappings}");
        foreach (var address in addresses)
            heap.Free((void*)address);
        Assert.Equal(0, heap.LiveCount);
    }

    [LinuxFact]
    public void A_second_process_with_the_same_path_takes_the_name_with_its_number()
    {
        var path = Path.Combine(_folder.FullName, "game.crash");
        using var arena = Arena(new GuardOptions { GuardedPages = true, CrashReportPath = path });
        using var heap = new Heap(arena, "mine");
        var live = heap.Allocate(64, 16, "Mine.cs", 7, "Keep");
        using var child = new ChildOfTest("misuse-of", "heap", "write past 1", "pages", path);
        Assert.Null(child.ReadLine());
        Assert.NotEqual(0, child.ExitCode());
        var theirs = GuardReport.Read($"{path}.{child.Id}");
        Assert.Equal((child.Id, "Ship.cs:41 (Fire)"), (theirs.ProcessId, theirs.Places[0].AllocatedAt));
        heap.Free(live);
        Assert.Throws<IOException>(() => GuardReport.Read(path));
    }

    [Fact]
    public void What_a_line_of_another_folder_freed_is_counted()
    {
        using var arena = Arena(new GuardOptions { CountForeignFrees = true });
        using var heap = new Heap(arena);
        using var pool = new Pool<long>(arena);
        for (var i = 0; i < 3; i++)
        {
            heap.Free(heap.Allocate(64, 16, "/game/Fleet/Ship.cs", 41, "Fire"), "/game/Wrecks/Wreck.cs", 88, "Sink");
            heap.Free(heap.Allocate(64, 16, "/game/Fleet/Ship.cs", 41, "Fire"), "/game/Fleet/Port.cs", 5, "Dock");
        }
        pool.Free(pool.Allocate("/game/Sound/Note.cs", 1, "Play"), "/game/Fleet/Ship.cs", 50, "Mute");
        heap.Free(heap.Allocate(64));
        var pairs = arena.ForeignFrees();
        Assert.Equal(
            [
                "3 times: allocated at Ship.cs:41 (Fire) in Fleet, freed at Wreck.cs:88 (Sink) in Wrecks",
                "1 times: allocated at Note.cs:1 (Play) in Sound, freed at Ship.cs:50 (Mute) in Fleet",
            ],
            pairs.Select(pair => pair.ToString()));
        arena.DetachGuard();
        Assert.Empty(arena.ForeignFrees());
    }

    [Fact]
    public void What_was_allocated_under_one_tag_and_freed_under_another_is_counted()
    {
        using var arena = Arena(new GuardOptions { CountForeignFrees = true });
        using var heap = new Heap(arena);
        using var pool = new Pool<long>(arena, new PoolOptions { Tag = "sound" });
        nint[] fleet = new nint[3];
        using (MemoryTag.Begin("fleet"))
        {
            for (var i = 0; i < fleet.Length; i++)
                fleet[i] = (nint)heap.Allocate(64, 16, "/game/Ship.cs", 41, "Fire");
            heap.Free((void*)fleet[2], "/game/Ship.cs", 45, "Miss");
            pool.Free(pool.Allocate("/game/Note.cs", 1, "Play"), "/game/Ship.cs", 50, "Mute");
        }
        var note = pool.Allocate("/game/Note.cs", 1, "Play");
        using (MemoryTag.Begin("wrecks"))
        {
            heap.Free((void*)fleet[0], "/game/Wreck.cs", 88, "Sink");
            heap.Free((void*)fleet[1], "/game/Wreck.cs", 88, "Sink");
        }
        // Without a tag on both sides, nothing is known.
        pool.Free(note, "/game/Note.cs", 2, "Stop");
        Assert.Equal(
            [
                "2 times: allocated at Ship.cs:41 (Fire) in fleet, freed at Wreck.cs:88 (Sink) in wrecks",
                "1 times: allocated at Note.cs:1 (Play) in sound, freed at Ship.cs:50 (Mute) in fleet",
            ],
            arena.ForeignFreesByTag().Select(pair => pair.ToString()));
        Assert.Empty(arena.ForeignFrees());
        arena.DetachGuard();
        Assert.Empty(arena.ForeignFreesByTag());
    }

    [LinuxFact]
    public void A_stale_pointer_to_where_the_pages_of_a_sampled_allocation_begin_is_refused()
    {
        using var arena = Arena(new GuardOptions { SampleEvery = 3 });
        using var heap = new Heap(arena);
        using var shared = new SharedHeap(arena);
        using var buddy = new BuddyAllocator(arena, 1 << 26);
        foreach (GeneralAllocator allocator in new GeneralAllocator[] { heap, shared, buddy })
        {
            var found = 0;
            for (var i = 0; i < 200; i++)
            {
                var address = (byte*)allocator.Allocate(64);
                if (!allocator.Guard!.TryFind((nuint)address, out var record))
                    continue;
                found++;
                var start = (void*)record.Place;
                Assert.Throws<InvalidFreeException>(() => allocator.Free(start));
                Assert.Throws<InvalidFreeException>(() => allocator.Reallocate(start, 100));
                *address = 1;
                if (i % 2 == 0)
                    continue;
                allocator.Free(address);
                Assert.Throws<InvalidFreeException>(() => allocator.Free(start));
            }
            Assert.InRange(found, 30, 110);
        }
    }

    [Fact]
    public void A_relocatable_heap_fills_what_is_new_and_what_was_freed()
    {
        using var arena = Arena(All);
        using var heap = new RelocatableHeap(arena);
        foreach (var byteCount in new nuint[] { 1, 100, 4_000, 3_000_000 })
        {
            var handle = heap.Allocate(byteCount);
            var kept = heap.Span(handle);
            Assert.Equal(-1, kept.IndexOfAnyExcept(GuardPattern.Fresh));
            kept.Fill(7);
            heap.Free(handle);
            // A large one has left the heap.
            if (byteCount < 1_000_000)
                Assert.Equal(-1, kept.IndexOfAnyExcept(GuardPattern.Freed));
            Assert.Throws<InvalidFreeException>(() => heap.Free(handle));
        }
        arena.Verify();
        arena.DetachGuard();
        heap.Free(heap.Allocate(10));
        Assert.Equal(0, heap.LiveCount);
    }

    [Fact]
    public void The_line_of_a_container_s_Dispose_is_named()
    {
        using var arena = Arena(All);
        using var heap = new Heap(arena);
        var list = new NativeList<int>(heap, 16, "Ship.cs", 41, "Fire");
        list.Add(1);
        fixed (int* first = list.AsSpan())
        {
            list.Dispose("Wreck.cs", 88, "Sink");
            *first = 7;
            var damage = Assert.Throws<MemoryCorruptionException>(arena.Verify);
            Assert.Equal(("Ship.cs:41 (Fire)", "Wreck.cs:88 (Sink)"), (damage.AllocatedAt, damage.FreedAt));
            new Span<byte>(first, 4).Fill(GuardPattern.Freed);
        }
    }

    private static void Churn(SharedHeap heap, SharedPool<long> pool, int seed, ref bool isOver)
    {
        var random = new Random(seed);
        var (live, slots) = (new nint[50], new nint[50]);
        while (!Volatile.Read(ref isOver))
        {
            ref var place = ref live[random.Next(50)];
            heap.Free((void*)place);
            place = (nint)heap.Allocate((nuint)random.Next(1, 5_000));
            ref var slot = ref slots[random.Next(50)];
            pool.Free((long*)slot);
            slot = (nint)pool.Allocate();
            *(long*)slot = seed;
        }
        foreach (var place in live)
            heap.Free((void*)place);
        foreach (var slot in slots)
            pool.Free((long*)slot);
    }

    private static PageArena Arena(GuardOptions guard) => new(new PageArenaOptions { Name = "guarded", Guard = guard });
}
