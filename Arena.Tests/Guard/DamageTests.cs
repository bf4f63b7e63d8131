namespace Arena.Tests.Guard;

/// <summary>Writes outside the writer's own allocations, in every kind of allocator.</summary>
public sealed unsafe class DamageTests
{
    private const string Allocating = "Ship.cs";
    private const string Freeing = "Wreck.cs";

    private static readonly GuardOptions All = new() { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 20 };
    private static readonly GuardOptions NoWait = new() { Poison = true, RedZoneBytes = 16, QuarantineBytes = 0 };

    public static TheoryData<GuardedKind> Kinds => [.. Enum.GetValues<GuardedKind>()];

    public static TheoryData<GuardedKind, int> Overruns
    {
        get
        {
            var data = new TheoryData<GuardedKind, int>();
            foreach (var kind in Enum.GetValues<GuardedKind>())
            {
                foreach (var distance in new[] { 0, 1, 7, 15 })
                    data.Add(kind, distance);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Overruns))]
    public void A_write_past_the_end_is_reported_by_the_free_with_both_lines(GuardedKind kind, int distance)
    {
        using var arena = Arena(All);
        using var guarded = Guarded.Make(kind, arena);
        var address = guarded.Allocate(Allocating, 41, "Fire");
        ((byte*)address)[guarded.ByteCount + distance] ^= 1;
        var damage = Assert.Throws<MemoryCorruptionException>(() => guarded.Free(address, Freeing, 88, "Sink"));
        Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
        Assert.Equal("", damage.FreedAt);
        Assert.Equal((nuint)address + (nuint)guarded.ByteCount + (nuint)distance, damage.DamagedAddress);
        Assert.Contains("Ship.cs:41 (Fire)", damage.Message, StringComparison.Ordinal);
        // It was freed all the same.
        Assert.Equal(0, guarded.LiveCount);
        guarded.Free(guarded.Allocate());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_write_in_front_is_reported_by_the_free(GuardedKind kind)
    {
        using var arena = Arena(All);
        using var guarded = Guarded.Make(kind, arena);
        _ = guarded.Allocate();
        var address = guarded.Allocate(Allocating, 41, "Fire");
        ((byte*)address)[-1] ^= 1;
        var damage = Assert.Throws<MemoryCorruptionException>(() => guarded.Free(address));
        Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_write_beside_a_live_allocation_is_reported_by_Verify_until_it_is_repaired(GuardedKind kind)
    {
        using var arena = Arena(All);
        using var guarded = Guarded.Make(kind, arena);
        var address = guarded.Allocate(Allocating, 41, "Fire");
        arena.Verify();
        ((byte*)address)[guarded.ByteCount] ^= 1;
        Assert.Equal(
            "Ship.cs:41 (Fire)", Assert.Throws<MemoryCorruptionException>(arena.Verify).AllocatedAt);
        ((byte*)address)[guarded.ByteCount] ^= 1;
        arena.Verify();
        guarded.Free(address);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_write_after_the_free_is_reported_by_Verify_with_both_lines(GuardedKind kind)
    {
        using var arena = Arena(All);
        using var guarded = Guarded.Make(kind, arena);
        var address = guarded.Allocate(Allocating, 41, "Fire");
        guarded.Free(address, Freeing, 88, "Sink");
        arena.Verify();
        ((byte*)address)[guarded.ByteCount / 2] ^= 1;
        var damage = Assert.Throws<MemoryCorruptionException>(arena.Verify);
        Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
        Assert.Equal("Wreck.cs:88 (Sink)", damage.FreedAt);
        ((byte*)address)[guarded.ByteCount / 2] ^= 1;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_write_after_the_free_is_reported_when_the_memory_is_handed_out_again(GuardedKind kind)
    {
        using var arena = Arena(NoWait);
        using var guarded = Guarded.Make(kind, arena);
        var address = guarded.Allocate(Allocating, 41, "Fire");
        guarded.Free(address, Freeing, 88, "Sink");
        if (kind is GuardedKind.HeapBlock or GuardedKind.SharedHeapBlock)
            return; // Its pages are the arena's again.
        ((byte*)address)[guarded.ByteCount / 2] ^= 1;
        var damage = Assert.Throws<MemoryCorruptionException>(() => guarded.Allocate("Next.cs", 5, "Take"));
        Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
        Assert.Equal("Wreck.cs:88 (Sink)", damage.FreedAt);
        // It was not made, and the next one is served.
        Assert.Equal(0, guarded.LiveCount);
        guarded.Free(guarded.Allocate());
        Assert.Equal(0, guarded.LiveCount);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void New_memory_and_freed_memory_show_their_patterns(GuardedKind kind)
    {
        using var arena = Arena(All);
        using var guarded = Guarded.Make(kind, arena);
        var address = guarded.Allocate();
        // A map's value was copied into it.
        if (kind != GuardedKind.HandleMap)
            Assert.Equal(GuardPattern.Fresh, ((byte*)address)[guarded.ByteCount - 1]);
        guarded.Free(address);
        Assert.Equal(GuardPattern.Freed, ((byte*)address)[0]);
        Assert.Equal(GuardPattern.Freed, ((byte*)address)[guarded.ByteCount - 1]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damage_is_reported_by_Dispose_once_everything_is_given_back(GuardedKind kind)
    {
        using var arena = Arena(All);
        arena.IgnoreLeaks = true;
        var guarded = Guarded.Make(kind, arena);
        var address = guarded.Allocate(Allocating, 41, "Fire");
        ((byte*)address)[guarded.ByteCount] ^= 1;
        Assert.Equal(
            "Ship.cs:41 (Fire)", Assert.Throws<MemoryCorruptionException>(guarded.Dispose).AllocatedAt);
        Assert.Equal(0u, arena.LentBytes);
        guarded.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_second_free_names_the_lines_of_the_allocation_and_of_the_first_free(GuardedKind kind)
    {
        if (kind == GuardedKind.HandleMap)
            return; // The handle is stale, and Free returns false.
        using var arena = Arena(All);
        using var guarded = Guarded.Make(kind, arena);
        var address = guarded.Allocate(Allocating, 41, "Fire");
        guarded.Free(address, Freeing, 88, "Sink");
        var refused = Assert.Throws<InvalidFreeException>(() => guarded.Free(address));
        Assert.Contains("Ship.cs:41 (Fire)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Wreck.cs:88 (Sink)", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidFreeException>(() => guarded.Free(address + 1));
        Assert.Throws<InvalidFreeException>(() => guarded.Free(address - 16));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_freed_waits_until_the_quarantine_is_full(GuardedKind kind)
    {
        var isBlock = kind is GuardedKind.HeapBlock or GuardedKind.SharedHeapBlock;
        using var arena = Arena(new GuardOptions { QuarantineBytes = isBlock ? 4u << 20 : 32 << 10 });
        using var guarded = Guarded.Make(kind, arena);
        var freed = guarded.Allocate();
        guarded.Free(freed);
        Assert.Equal(0, guarded.LiveCount);
        HashSet<nint> seen = [];
        for (var i = 0; i < 3; i++)
        {
            var next = guarded.Allocate();
            Assert.NotEqual(freed, next);
            guarded.Free(next);
        }
        // Until others push it out.
        for (var i = 0; i < 20_000 && !seen.Contains(freed); i++)
        {
            var next = guarded.Allocate();
            seen.Add(next);
            guarded.Free(next);
        }
        Assert.Contains(freed, seen);
    }

    private static PageArena Arena(GuardOptions guard) => new(new PageArenaOptions { Name = "guarded", Guard = guard });
}
