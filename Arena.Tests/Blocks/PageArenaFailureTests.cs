using Arena.Os;
using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

/// <summary>
/// Every call to the operating system fails once, the first, the second and so on, and then all from the n-th on:
/// the arena says what the system said, its counts stay true, and afterwards everything works.
/// </summary>
public sealed unsafe class PageArenaFailureTests
{
    private const nuint Mebibyte = 1u << 20;
    private static readonly nuint Page = PageArena.PageBytes;

    public static TheoryData<string, string, int> Scenarios()
    {
        var scenarios = new TheoryData<string, string, int>();
        foreach (var name in new[] { "plain", "guarded", "huge", "budget" })
        {
            foreach (var system in new[] { "running", "without guards", "taking access" })
            {
                scenarios.Add(name, system, 1);
                scenarios.Add(name, system, 2);
                scenarios.Add(name, system, int.MaxValue);
            }
        }
        return scenarios;
    }

    [LinuxTheory]
    [MemberData(nameof(Scenarios))]
    public void Any_call_may_fail_and_the_arena_goes_on(string scenario, string system, int times)
    {
        using var os = new FailingContext(NumbersOf(system));
        for (var n = 1; ; n++)
        {
            os.FailAt(n, times: times);
            var label = $"{scenario}, {system}, call {n}, {times} times";
            var completed = new Scenario(OptionsFor(scenario), os, label).Run();
            if (os.FailedCount == 0 && completed)
                break;
            Assert.True(n < 1000, "the scenario never passes");
        }
    }

    [LinuxFact]
    public void A_refused_reservation_is_out_of_memory_with_the_systems_own_words()
    {
        using var os = new FailingContext();
        os.FailAt(1);
        var error = Assert.Throws<ArenaOutOfMemoryException>(
            () => new PageArena(new PageArenaOptions { Name = "hall", ReserveBytes = Mebibyte }, os.Memory));
        Assert.StartsWith(
            "Arena 'hall' cannot reserve 1048576 bytes of addresses: "
            + "mmap failed with OS error 12 (Cannot allocate memory",
            error.Message);
        Assert.Contains("; a smaller ReserveBytes may fit", error.Message, StringComparison.Ordinal);
        Assert.Equal(Mebibyte, error.RequestedBytes);
    }

    [LinuxFact]
    public void A_refused_commit_is_out_of_memory_with_the_systems_own_words()
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { Name = "hall", ReserveBytes = Mebibyte }, os.Memory);
        os.FailAt(4);
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => arena.Allocate(Page));
        Assert.StartsWith(
            $"Arena 'hall' cannot serve {Page} bytes: mprotect failed with OS error 12 (Cannot allocate memory",
            error.Message);
        Assert.EndsWith($"(committed {3 * Page} bytes, no budget, reserved 1048576)", error.Message);
        os.FailAt(1);
        Assert.False(arena.TryAllocate(Page, 0, out _));
    }

    [LinuxFact]
    public void A_step_of_a_huge_page_that_is_refused_is_made_without_it()
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { HugePages = true }, os.Memory);
        os.FailAt(4);
        arena.Allocate(Page).AsSpan().Fill(1);
        Assert.Equal(1, os.FailedCount);
        Assert.Equal(4 * Page, arena.CommittedBytes);
    }

    [LinuxFact]
    public void Pages_that_cannot_be_given_back_stay_counted_and_are_lent_again_as_they_were()
    {
        using var os = new FailingContext();
        using var arena = new PageArena(new PageArenaOptions { ReserveBytes = Mebibyte }, os.Memory);
        Assert.Null(arena.Lend(Page, 0, OwnerRegistry.UserBlock, out var block, out var isZero));
        Assert.True(isZero);
        block.AsSpan().Fill(0xA5);
        arena.Free(block);
        var committed = arena.CommittedBytes;
        os.FailAt(1, times: int.MaxValue);
        Assert.Equal(0u, arena.Trim());
        os.Reset();
        Assert.Equal(committed, arena.CommittedBytes);
        Assert.Null(arena.Lend(Page, 0, OwnerRegistry.UserBlock, out block, out isZero));
        Assert.False(isZero);
        Assert.False(block.AsSpan().ContainsAnyExcept((byte)0xA5));
    }

    [LinuxFact]
    public void Disposing_survives_a_system_that_refuses_everything()
    {
        using var os = new FailingContext();
        var arena = new PageArena(new PageArenaOptions { ReserveBytes = Mebibyte }, os.Memory);
        arena.Allocate(Page);
        os.FailAt(1, times: int.MaxValue);
        arena.Dispose();
        Assert.Equal(1, os.CallsOf("munmap"));
        Assert.Throws<ObjectDisposedException>(() => arena.Allocate(1));
    }

    private static PosixNumbers NumbersOf(string system) => system switch
    {
        "without guards" => PosixNumbers.LinuxWithoutGuards,
        "taking access" => FailingContext.TakingAccess,
        _ => FailingContext.Running,
    };

    private static PageArenaOptions OptionsFor(string scenario) => scenario switch
    {
        "guarded" => new() { Name = "hall", ReserveBytes = 64 * Mebibyte, GuardPages = true },
        "huge" => new() { Name = "hall", ReserveBytes = 64 * Mebibyte, HugePages = true },
        "budget" => new() { Name = "hall", ReserveBytes = 64 * Mebibyte, BudgetBytes = 13 * Mebibyte },
        _ => new() { Name = "hall", ReserveBytes = 64 * Mebibyte },
    };

    private sealed class Scenario(PageArenaOptions options, FailingContext os, string label)
    {
        private readonly List<Block> _blocks = [];
        private nuint _lent;

        /// <summary>False where the arena could not even be made.</summary>
        public bool Run()
        {
            PageArena arena;
            try
            {
                arena = new PageArena(options, os.Memory);
            }
            catch (ArenaOutOfMemoryException error)
            {
                Assert.Contains("mmap failed with OS error 12", error.Message, StringComparison.Ordinal);
                return false;
            }
            Play(arena);
            var failed = os.FailedCount;
            os.Reset();
            Play(arena);
            AssertNothingLeaks(arena);
            arena.Dispose();
            Assert.Equal(1, os.CallsOf("munmap"));
            Assert.Equal((0u, 0u), (arena.LentBytes, arena.CommittedBytes));
            return failed == 0;
        }

        private void Play(PageArena arena)
        {
            Lend(arena, Page);
            Lend(arena, 3 * Page);
            Lend(arena, 5 * Mebibyte);
            Free(arena, 1);
            Lend(arena, Page, 16 * Page);
            Lend(arena, 2 * Page);
            Free(arena, 0);
            Trim(arena);
            Lend(arena, 6 * Mebibyte);
            Free(arena, 0);
            // With the budget, the five kept mebibytes below must go first.
            Lend(arena, 6 * Mebibyte + Page);
            Lend(arena, 7 * Page);
            Trim(arena);
            while (_blocks.Count > 0)
                Free(arena, _blocks.Count - 1);
        }

        private void Lend(PageArena arena, nuint byteCount, nuint alignment = 0)
        {
            try
            {
                var block = arena.Allocate(byteCount, alignment);
                Mark(block);
                _blocks.Add(block);
                _lent += block.ByteCount;
            }
            catch (ArenaOutOfMemoryException error)
            {
                var told = Says(error, "failed with OS error 12 (Cannot allocate memory")
                    || (options.BudgetBytes != 0 && Says(error, "the budget is spent"));
                Assert.True(told && os.FailedCount > 0, $"{label}: {error.Message}");
            }
            AssertCounts(arena);
        }

        private void Free(PageArena arena, int index)
        {
            if (index >= _blocks.Count)
                return;
            arena.Free(_blocks[index]);
            _lent -= _blocks[index].ByteCount;
            _blocks.RemoveAt(index);
            AssertCounts(arena);
        }

        private void Trim(PageArena arena)
        {
            var before = arena.CommittedBytes;
            var after = before - arena.Trim();
            Assert.True(arena.CommittedBytes == after, label);
            AssertCounts(arena);
        }

        private void AssertCounts(PageArena arena)
        {
            var agrees = arena.LentBytes == _lent && arena.CommittedBytes >= _lent
                && arena.CommittedBytes <= arena.PeakCommittedBytes && arena.PeakCommittedBytes <= arena.BudgetBytes;
            Assert.True(agrees, $"{label}: {arena}, {_lent} expected");
            foreach (var block in _blocks)
                AssertMarked(block);
        }

        // Writing to every page of every block proves that pages that are counted as committed are committed.
        private static void Mark(Block block)
        {
            for (nuint at = 0; at < block.ByteCount; at += Page)
                *(nuint*)((byte*)block.Address + at) = (nuint)block.Address + at;
        }

        private void AssertMarked(Block block)
        {
            for (nuint at = 0; at < block.ByteCount; at += Page)
                Assert.True(*(nuint*)((byte*)block.Address + at) == (nuint)block.Address + at, label);
        }

        private static bool Says(Exception error, string what) =>
            error.Message.Contains(what, StringComparison.Ordinal);

        private void AssertNothingLeaks(PageArena arena)
        {
            arena.Trim();
            var tables = PageMap.TableBytes(os.Memory, (int)(arena.ReservedBytes / Page));
            Assert.True(arena.CommittedBytes <= tables, label);
            Assert.True(ResidentMemory.Bytes(arena.Base, arena.ReservedBytes) == 0, label);
        }
    }
}
