using Arena.Diagnostics;
using Arena.Pools;
using Arena.Report.Model;

namespace Arena.Tests.Report;

/// <summary>The sums of a map, compared with the allocators' own numbers.</summary>
public sealed unsafe class ReportMapTests : IDisposable
{
    private readonly PageArena _arena = new("level");
    private readonly string _path = Path.GetTempFileName();

    public void Dispose()
    {
        _arena.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_largest_region_that_fits_is_what_the_buddy_would_grant(int seed)
    {
        var random = new Random(seed);
        using var buddy = new BuddyAllocator(_arena, (nuint)(1 << 20) + (nuint)random.Next(1 << 18), 64, "data");
        List<nint> regions = [];
        for (var i = 0; i < 4_000; i++)
        {
            if (random.Next(3) > 0 && buddy.TryAllocate((nuint)random.Next(1, 4_000), 16, out var region))
            {
                regions.Add((nint)region);
            }
            else if (regions.Count > 0)
            {
                var index = random.Next(regions.Count);
                buddy.Free((void*)regions[index]);
                regions.RemoveAt(index);
            }
        }
        var owner = Assert.Single(Map().Owners);
        Assert.True((long)buddy.LargestFreeBytes == owner.LargestFreeBytes, $"seed {seed}: {owner}, {buddy}");
        Assert.Equal((long)buddy.LiveBytes, owner.LiveBytes);
        Assert.Equal((long)(buddy.CapacityBytes - buddy.LiveBytes), owner.FreeBytes);
        Assert.Equal(buddy.LiveCount, owner.LiveCount);
    }

    [Fact]
    public void Two_neighbours_that_are_no_buddies_are_a_hole_that_serves_half_of_it()
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 20, 64, "data");
        var regions = new nint[16];
        for (var i = 0; i < regions.Length; i++)
            regions[i] = (nint)buddy.Allocate(1 << 16);
        Assert.Equal(0U, buddy.LargestFreeBytes);
        Array.Sort(regions);
        buddy.Free((void*)regions[1]);
        buddy.Free((void*)regions[2]);
        Assert.Equal((nuint)1 << 16, buddy.LargestFreeBytes);
        var owner = Assert.Single(Map().Owners);
        Assert.Equal((1 << 17, 1 << 16), (owner.FreeBytes, owner.LargestFreeBytes));
    }

    [Fact]
    public void With_other_pages_a_request_may_be_as_large_as_addresses_and_budget_leave_room()
    {
        var capture = FixedCapture.Make();
        Assert.Equal((1L << 30) - 131_072, Assert.Single(MapSums.Of(capture)).LargestWithPagesBytes);
        var budgeted = new MemoryCapture
        {
            Maps = capture.Maps, Arenas = [capture.Arenas[0] with { BudgetBytes = 1_000_000 }],
        };
        // The budget minus committed bytes, plus pages that are kept for lending again.
        Assert.Equal(
            1_000_000 - 8_192 - 65_536 + 4_096, Assert.Single(MapSums.Of(budgeted)).LargestWithPagesBytes);
    }

    [Fact]
    public void A_pool_has_free_slots_and_the_next_request_is_one_of_them()
    {
        using var pool = new Pool<long>(_arena, new PoolOptions { Name = "walls" });
        for (var i = 0; i < 1_000; i++)
            pool.Allocate();
        var owner = Assert.Single(Map().Owners);
        Assert.Equal(8L * (pool.SlotCount - pool.LiveCount), owner.FreeBytes);
        Assert.Equal(8, owner.LargestFreeBytes);
        Assert.Equal(pool.SlabCount, owner.Blocks);
    }

    [Fact]
    public void Every_lent_byte_is_in_the_picture_once()
    {
        using var pool = new Pool<long>(_arena);
        using var heap = new Heap(_arena);
        using var buddy = new BuddyAllocator(_arena, 1 << 16);
        var random = new Random(5);
        for (var i = 0; i < 3_000; i++)
        {
            var slot = pool.Allocate();
            var block = heap.Allocate((nuint)random.Next(1, 3_000));
            if (random.Next(2) == 0)
                pool.Free(slot);
            if (random.Next(2) == 0)
                heap.Free(block);
        }
        buddy.Allocate(1_000);
        _arena.Free(_arena.Allocate(1 << 20));
        var map = Map();
        Assert.Equal(map.LentBytes, map.Cells.Sum(cell => cell.Bytes));
        Assert.Equal(map.LiveBytes, map.Cells.Sum(cell => cell.LiveBytes));
        Assert.Equal(map.LiveCount, map.Cells.Sum(cell => cell.LiveCount));
        Assert.InRange(map.Cells.Sum(cell => cell.Places), 1_000, 3_600);
        Assert.Equal((long)_arena.LentBytes, map.LentBytes);
        Assert.InRange(map.Wasted, 0.1, 1);
        Assert.Equal(1 - map.LiveBytes / (double)map.CommittedBytes, map.Wasted, tolerance: 1e-9);
        Assert.True(map.LargestFreeBytes <= map.FreeBytes, map.ToString());
        // It was given back to the arena, which keeps it for the next block.
        Assert.True(map.CommittedBytes == map.LentBytes || map.LargestFreeBytes >= 1 << 20, map.ToString());
    }

    [Fact]
    public void Holes_tables_and_what_is_full_look_different()
    {
        var map = Assert.Single(MapSums.Of(FixedCapture.Make()));
        Assert.Equal([1_536L, 49_152L], map.Owners.Select(owner => owner.LiveBytes));
        Assert.Equal((16_384, 16_384), (map.Owners[1].FreeBytes, map.Owners[1].LargestFreeBytes));
        Assert.Equal((2_304, 256), (map.Owners[0].FreeBytes, map.Owners[0].LargestFreeBytes));
        // Free pages are kept behind the slab.
        Assert.Equal(2_304 + 16_384 + 4_096, map.FreeBytes);
        Assert.Equal(16_384, map.LargestFreeBytes);
        // The slab's header of 256 bytes can never be allocated.
        Assert.Equal(256 / (4_096 + 65_536.0), map.Internal, tolerance: 1e-9);
        Assert.Equal(1 - (1_536 + 49_152) / (8_192 + 65_536.0), map.Wasted, tolerance: 1e-9);
        Assert.Equal(1 - 16_384 / 22_784.0, map.External, tolerance: 1e-9);
        Assert.Equal(0x7f00_0000_0000UL, map.Cells[0].Start);
        Assert.Contains(map.Cells, cell => cell is { Fill: 0, Bytes: 16_384 });
        Assert.Contains(map.Cells, cell => cell.Fill == 4);
    }

    [Fact]
    public void Blocks_and_runs_are_looked_at_a_few_times_each_however_many_there_are()
    {
        var (few, many) = (LooksOf(1_500), LooksOf(6_000));
        Assert.InRange(many, few, 6 * few);
    }

    // Every second block has storage in part, of which every second run is kept; each has four runs of its own.
    private static long LooksOf(int blocks)
    {
        const long step = 65_536;
        Looks looks = new();
        MapBlock[] all =
        [
            .. Enumerable.Range(0, blocks).Select(i => new MapBlock
            {
                Allocator = i % 3, Offset = i * step, ByteCount = 32_768, CapacityBytes = 32_768,
                CommittedBytes = i % 2 == 0 ? 32_768 : 16_384,
                Runs = new Counted<MapRun>(
                    [.. Enumerable.Range(0, 4).Select(run => new MapRun(i * step + run * 2_048, 1_024, 3))], looks),
            }),
        ];
        MapRun[] committed =
        [
            .. Enumerable.Range(0, blocks).SelectMany(i => new[]
            {
                new MapRun(i * step, i % 2 == 0 ? 32_768 : 16_384, 1), new MapRun(i * step + 40_960, 4_096, 1),
            }),
        ];
        var map = new MemoryMap
        {
            Seconds = 1, IsComplete = true, Blocks = new Counted<MapBlock>(all, looks),
            Committed = new Counted<MapRun>(committed, looks),
        };
        var capture = new MemoryCapture
        {
            Maps = [map],
            Arenas =
            [
                new CaptureArena
                {
                    Name = "level", ReservedBytes = blocks * step,
                    Allocators =
                    [
                        .. Enumerable.Range(0, 3).Select(i => new CaptureAllocator
                        {
                            Number = i, Name = "a", Kind = i == 0 ? "buddy" : "heap",
                        }),
                    ],
                },
            ],
        };
        Assert.Equal(blocks, Assert.Single(MapSums.Of(capture)).Owners.Sum(owner => owner.Blocks));
        return looks.Count;
    }

    private sealed class Looks
    {
        public long Count { get; set; }
    }

    /// <summary>A list that counts how often something of it is looked at.</summary>
    private sealed class Counted<T>(T[] items, Looks looks) : IReadOnlyList<T>
    {
        public int Count => items.Length;

        public T this[int index]
        {
            get
            {
                looks.Count++;
                return items[index];
            }
        }

        public IEnumerator<T> GetEnumerator()
        {
            for (var i = 0; i < items.Length; i++)
                yield return this[i];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private MapModel Map()
    {
        using var tracker = LeakTracker.Attach(_arena);
        using (var writer = CaptureWriter.Start(_path, tracker))
            writer.RecordMap(tracker);
        return Assert.Single(MapSums.Of(MemoryCapture.Read(_path)));
    }
}
