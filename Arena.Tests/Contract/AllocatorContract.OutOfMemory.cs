using Arena.Tests.Os;

namespace Arena.Tests.Contract;

// Out of memory: by a limit, by the operating system, by a veto. Live allocations stay, and work goes on afterwards.
public abstract unsafe partial class AllocatorContract
{
    private const nuint BudgetBytes = 20 << 20;

    [Fact]
    public void At_its_limit_it_says_so_and_goes_on_when_there_is_room_again()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = BudgetBytes });
        using var subject = Make(arena);
        var size = subject.FixedBytes != 0 ? subject.FixedBytes : Math.Min(30_000, subject.LargestBytes);
        for (var round = 0; round < 2; round++)
        {
            var places = new List<nint>();
            while (subject.TryAllocate(size, 0, out var place))
            {
                subject.Contents(place, size).Fill((byte)places.Count);
                places.Add(place);
                Assert.True(places.Count < 1_000_000, "there is no limit");
            }
            Assert.NotEmpty(places);
            var refusal = Assert.Throws<ArenaOutOfMemoryException>(() => { subject.Allocate(size); });
            Assert.Contains($"'{subject.PartName}'", refusal.Message, StringComparison.Ordinal);
            if (Has(Lacks.Arena))
                Assert.Contains("'tight'", refusal.Message, StringComparison.Ordinal);
            Assert.True(refusal.RequestedBytes >= (nuint)size);
            AssertLive(places.Count, subject, "at the limit");
            for (var i = 0; i < places.Count; i++)
                Assert.False(subject.Contents(places[i], size).ContainsAnyExcept((byte)i), "contents changed");
            if (Has(Lacks.Frees))
            {
                subject.Free(places[^1]);
                places[^1] = subject.Allocate(size);
            }
            FreeAll(subject, places);
        }
        Assert.True(arena.CommittedBytes <= BudgetBytes);
    }

    [Fact]
    public void A_request_beyond_all_memory_is_out_of_memory_and_nothing_else()
    {
        using var arena = new PageArena("huge");
        using var subject = Make(arena);
        if (subject.FixedBytes != 0)
            return;
        var kept = Filled(subject, 100);
        foreach (var huge in (int[])[-1, -4096, int.MinValue])
        {
            Assert.Throws<ArenaOutOfMemoryException>(() => { subject.Allocate(huge); });
            Assert.False(subject.TryAllocate(huge, 0, out _));
        }
        AssertLive(1, subject, "after the refusals");
        Assert.False(subject.Contents(kept, 100).ContainsAnyExcept((byte)0xA5));
        FreeAll(subject, [kept]);
    }

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void Whatever_the_operating_system_refuses_nothing_is_lost(int times)
    {
        if (!Has(Lacks.Arena))
            return;
        using var os = new FailingContext();
        for (var n = 1; ; n++)
        {
            os.FailAt(n, times: times);
            if (PlayRefused(os, $"call {n}, {times} times") == 0)
                break;
            Assert.True(n < 500, "the scenario never passes");
        }
    }

    [Fact]
    public void A_veto_is_out_of_memory_with_its_reason()
    {
        if (!Has(Lacks.Observers))
            return;
        using var arena = new PageArena("veto");
        using var subject = Make(arena);
        var kept = subject.Allocate(SizeOf(subject));
        var veto = new Veto();
        arena.Attach(veto);
        Assert.False(subject.TryAllocate(SizeOf(subject), 0, out _));
        var refusal = Assert.Throws<ArenaOutOfMemoryException>(() => { subject.Allocate(SizeOf(subject)); });
        Assert.Contains("the level is full", refusal.Message, StringComparison.Ordinal);
        AssertLive(1, subject, "after the veto");
        veto.Reason = null;
        FreeAll(subject, [kept, subject.Allocate(SizeOf(subject))]);
        arena.Detach(veto);
    }

    // Calls that failed.
    private int PlayRefused(FailingContext os, string what)
    {
        PageArena? arena = null;
        AllocatorUnderTest? subject = null;
        var failed = 1;
        try
        {
            arena = new PageArena(new PageArenaOptions { Name = what }, os.Memory);
            subject = Make(arena);
            Play(subject, what);
            failed = os.FailedCount;
            os.Reset();
            var place = subject.Allocate(subject.LargestBytes);
            FreeAll(subject, [place]);
        }
        catch (ArenaOutOfMemoryException) when (subject is null)
        {
            // Nothing was made.
        }
        subject?.Dispose();
        Assert.True(arena is null || arena.LentBytes == 0, $"{what}: {arena?.LentBytes} bytes are still lent");
        arena?.Dispose();
        return failed;
    }

    private void Play(AllocatorUnderTest subject, string what)
    {
        var places = new List<(nint Place, int Size)>();
        for (var round = 0; round < 40; round++)
        {
            foreach (var size in SizesOf(subject).Where(size => size < 600 || round < 2))
            {
                if (!subject.TryAllocate(size, 0, out var place))
                    continue;
                subject.Contents(place, size).Fill((byte)places.Count);
                places.Add((place, size));
            }
        }
        AssertLive(places.Count, subject, what);
        for (var i = 0; i < places.Count; i++)
        {
            var contents = subject.Contents(places[i].Place, places[i].Size);
            Assert.False(contents.ContainsAnyExcept((byte)i), $"{what}: contents changed");
        }
        FreeAll(subject, places.Select(each => each.Place));
        subject.Trim();
        AssertLive(0, subject, what);
    }

    private sealed class Veto : IAllocationVeto
    {
        public string? Reason { get; set; } = "the level is full";

        public void Allocated(in AllocationEvent allocation)
        {
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }

        public string? WhyRefused(Allocator allocator, nuint byteCount) => Reason;
    }
}
