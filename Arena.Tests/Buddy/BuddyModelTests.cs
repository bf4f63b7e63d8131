using System.Numerics;

namespace Arena.Tests.Buddy;

/// <summary>Long seeded runs against a sorted dictionary of what must be alive, byte by byte.</summary>
public sealed unsafe class BuddyModelTests
{
    [Theory]
    [InlineData(1, 1 << 16, 16)]
    [InlineData(2, 1 << 16, 8)]
    [InlineData(3, 1_000_000, 16)]
    [InlineData(4, 999, 16)]
    [InlineData(5, 3 << 20, 4096)]
    [InlineData(6, 1 << 20, 64)]
    public void Regions_are_disjoint_aligned_large_enough_and_keep_their_contents(int seed, int byteCount, int minimum)
    {
        using var arena = new PageArena("model");
        using var buddy = new BuddyAllocator(arena, (nuint)byteCount, (nuint)minimum);
        var model = new Model(buddy, minimum, new Random(seed));
        for (var step = 0; step < 100_000; step++)
        {
            var error = model.Step(step);
            Assert.True(error is null, $"seed {seed}, step {step}: {error}");
        }
        Assert.True(model.FreeAll() is null, $"seed {seed}: the last contents were disturbed");
        Assert.Equal((nuint)0, buddy.LiveBytes);
        Assert.Equal((nuint)1 << BitOperations.Log2(buddy.CapacityBytes), buddy.LargestFreeBytes);
    }

    private sealed class Model(BuddyAllocator buddy, int minimum, Random random)
    {
        private readonly SortedDictionary<nuint, Entry> _alive = [];
        private readonly List<nuint> _addresses = [];
        private readonly nuint _base = FirstAddress(buddy);

        public string? Step(int step)
        {
            // Now filling, now draining.
            var dice = random.Next(100);
            var allocates = step / 3000 % 2 == 0 ? 60 : 35;
            if (_addresses.Count == 0 || dice < allocates)
                return Allocate();
            if (dice < allocates + 10)
                return Reallocate();
            return dice == 99 ? FreeWrongly() : Free(random.Next(_addresses.Count)) ?? CheckTotals();
        }

        public string? FreeAll()
        {
            while (_addresses.Count > 0)
            {
                if (Free(_addresses.Count - 1) is { } error)
                    return error;
            }
            return null;
        }

        private static nuint FirstAddress(BuddyAllocator buddy)
        {
            var first = buddy.Allocate(buddy.LargestFreeBytes);
            buddy.Free(first);
            return (nuint)first;
        }

        private nuint RandomBytes() => (nuint)random.Next(1 << random.Next(1, 4 + BitOperations.Log2((uint)minimum)));

        private string? Allocate()
        {
            var byteCount = RandomBytes();
            var alignment = (nuint)1 << random.Next(random.Next(10) == 0 ? 13 : 5);
            var largest = buddy.LargestFreeBytes;
            if (!buddy.TryAllocate(byteCount, alignment, out var region))
                return largest >= Math.Max(byteCount, alignment) ? $"{byteCount} bytes were refused" : CheckTotals();
            if (((nuint)region & (alignment - 1)) != 0)
                return "misaligned";
            return Remember((nuint)region, byteCount) ?? CheckTotals();
        }

        private string? Reallocate()
        {
            var at = random.Next(_addresses.Count);
            var old = _alive[_addresses[at]];
            var byteCount = RandomBytes();
            void* region;
            try
            {
                region = buddy.Reallocate((void*)old.Address, byteCount);
            }
            catch (ArenaOutOfMemoryException)
            {
                return buddy.UsableBytes((void*)old.Address) == old.Granted ? CheckTotals() : "changed by a refusal";
            }
            var kept = (int)Math.Min(old.Requested, byteCount);
            var isKept = new Span<byte>(region, kept).IndexOfAnyExcept(old.Fill) < 0;
            Forget(at);
            return isKept ? Remember((nuint)region, byteCount) ?? CheckTotals() : "contents were lost";
        }

        private string? Free(int at)
        {
            var entry = _alive[_addresses[at]];
            if (!entry.IsIntact)
                return $"{entry} was overwritten";
            buddy.Free((void*)entry.Address);
            Forget(at);
            return null;
        }

        private string? FreeWrongly()
        {
            var address = _base + (nuint)random.Next((int)buddy.CapacityBytes + 100);
            if (_alive.ContainsKey(address))
                return null;
            try
            {
                buddy.Free((void*)address);
                return $"a free of 0x{address:x} was accepted";
            }
            catch (InvalidFreeException)
            {
                return CheckTotals();
            }
        }

        private string? Remember(nuint address, nuint byteCount)
        {
            var entry = new Entry(address, byteCount, buddy.UsableBytes((void*)address), (byte)random.Next(256));
            var wanted = Math.Max(BitOperations.RoundUpToPowerOf2(Math.Max(byteCount, 1)), (nuint)minimum);
            if (entry.Granted != wanted)
                return $"{entry.Granted} bytes were granted for {byteCount}";
            if ((address - _base) % entry.Granted != 0 || address - _base + entry.Granted > buddy.CapacityBytes)
                return $"{entry} lies where no such region can";
            new Span<byte>((void*)address, (int)byteCount).Fill(entry.Fill);
            _alive.Add(address, entry);
            _addresses.Add(address);
            return null;
        }

        private void Forget(int at)
        {
            _alive.Remove(_addresses[at]);
            _addresses[at] = _addresses[^1];
            _addresses.RemoveAt(_addresses.Count - 1);
        }

        private string? CheckTotals()
        {
            if (buddy.LiveCount != _alive.Count)
                return $"{buddy.LiveCount} are counted and {_alive.Count} live";
            if (random.Next(200) != 0)
                return null;
            nuint liveBytes = 0;
            nuint end = 0;
            var regions = buddy.LiveRegions().GetEnumerator();
            foreach (var entry in _alive.Values)
            {
                if (!regions.MoveNext() || regions.Current != (entry.Address, entry.Granted))
                    return $"the walk does not come to {entry}";
                if (entry.Address < end)
                    return $"{entry} overlaps the one before";
                end = entry.Address + entry.Granted;
                liveBytes += entry.Granted;
            }
            return regions.MoveNext() || buddy.LiveBytes != liveBytes ? "live bytes are counted wrongly" : null;
        }

        private readonly record struct Entry(nuint Address, nuint Requested, nuint Granted, byte Fill)
        {
            public bool IsIntact => new Span<byte>((void*)Address, (int)Requested).IndexOfAnyExcept(Fill) < 0;
        }
    }
}
