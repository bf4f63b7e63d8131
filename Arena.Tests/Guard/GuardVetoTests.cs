namespace Arena.Tests.Guard;

/// <summary>
/// A veto that counts permitted bytes agrees with what lives in a guarded arena, also where an allocation is not made
/// after all: because memory runs out, or because its place was damaged.
/// </summary>
public sealed unsafe class GuardVetoTests
{
    public static TheoryData<GuardedKind> Kinds =>
        [GuardedKind.HeapSlot, GuardedKind.HeapBlock, GuardedKind.SharedHeapSlot, GuardedKind.Buddy, GuardedKind.Pool];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_not_made_is_withdrawn(GuardedKind kind)
    {
        var guard = new GuardOptions { Poison = true, RedZoneBytes = 16, QuarantineBytes = 0, QuarantineFrames = 0 };
        using var arena = new PageArena(new PageArenaOptions
        {
            Name = "small",
            BudgetBytes = 3 << 20,
            Guard = guard,
        });
        using var guarded = Guarded.Make(kind, arena);
        var counts = new Counts();
        arena.Attach(counts);
        List<nint> live = [];
        for (var i = 0; i < 100_000; i++)
        {
            try
            {
                live.Add(guarded.Allocate());
            }
            catch (ArenaOutOfMemoryException)
            {
                break;
            }
        }
        Assert.InRange(live.Count, 1, 99_999);
        Assert.Equal(counts.Live, counts.Permitted);
        foreach (var address in live)
            guarded.Free(address);
        Assert.Equal((0L, 0L), (counts.Live, counts.Permitted));
        var first = (byte*)guarded.Allocate();
        guarded.Free((nint)first);
        first[20] ^= 1;
        var found = 0;
        for (var i = 0; i < 20_000 && found == 0; i++)
        {
            try
            {
                guarded.Free(guarded.Allocate());
            }
            catch (MemoryCorruptionException)
            {
                found++;
            }
        }
        // A block of its own went back to the arena, where nothing is verified.
        Assert.Equal(kind == GuardedKind.HeapBlock ? 0 : 1, found);
        Assert.Equal((0L, 0L), (counts.Live, counts.Permitted));
        arena.Detach(counts);
    }

    private sealed class Counts : IAllocationVeto
    {
        private long _last;

        public long Live { get; private set; }

        public long Permitted { get; private set; }

        public string? WhyRefused(Allocator allocator, nuint byteCount)
        {
            _last = (long)byteCount;
            Permitted += _last;
            return null;
        }

        public void Withdrawn(Allocator allocator) => Permitted -= _last;

        public void Allocated(in AllocationEvent allocation) => Live += (long)allocation.ByteCount;

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
            Live -= (long)byteCount;
            Permitted -= (long)byteCount;
        }

        public void Cleared(Allocator allocator)
        {
        }
    }
}
