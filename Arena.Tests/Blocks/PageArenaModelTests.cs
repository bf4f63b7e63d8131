using Arena.Os;
using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

/// <summary>Long random runs against a sorted list of intervals in which the lowest fit is found by walking.</summary>
public sealed unsafe class PageArenaModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_arena_agrees_with_a_list_of_intervals(int seed) =>
        new Run(seed, VirtualMemory.Native, guards: false, budgetPages: 0).Play();

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void So_does_one_with_guard_pages(int seed) =>
        new Run(seed, VirtualMemory.Native, guards: true, budgetPages: 0).Play();

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, true)]
    public void So_does_one_with_a_budget(int seed, bool guards) =>
        new Run(seed, VirtualMemory.Native, guards, budgetPages: 300).Play();

    [LinuxTheory]
    [InlineData(8, false)]
    [InlineData(9, true)]
    public void So_does_one_with_pages_of_16_KiB(int seed, bool guards) =>
        new Run(seed, MacContext.Memory, guards, budgetPages: 0).Play();

    private sealed class Run(int seed, VirtualMemory memory, bool guards, int budgetPages)
    {
        private const int Steps = 100_000;
        private const int ReservedPages = 600;

        // One page a table: the reservation is that small.
        private const int GrowingPages = 3;

        private readonly Random _random = new(seed);
        private readonly SortedList<int, Entry> _live = [];
        private readonly nuint _page = memory.PageBytes;
        private int _step;
        private int _refused;
        private int _lentPages;

        public void Play()
        {
            using var arena = new PageArena(
                new PageArenaOptions
                {
                    ReserveBytes = ReservedPages * _page,
                    GuardPages = guards,
                    BudgetBytes = budgetPages == 0 ? 0 : (nuint)(budgetPages + GrowingPages) * _page,
                },
                memory);
            for (_step = 0; _step < Steps; _step++)
            {
                // Filling up, emptying and level stretches.
                var lends = _random.Next(100) < (_step / 5000 % 3) switch { 0 => 65, 1 => 35, _ => 50 };
                if (lends)
                    Lend(arena);
                else if (_live.Count > 0 && _random.Next(4) == 0)
                    Resize(arena, _random.Next(_live.Count));
                else if (_live.Count > 0)
                    Free(arena, _random.Next(_live.Count));
                if (_random.Next(400) == 0)
                    Trim(arena);
                Expect(arena.LentBytes == (nuint)_lentPages * _page, "LentBytes");
                Expect(arena.CommittedBytes <= arena.BudgetBytes, "the budget is broken");
            }
            Expect(_refused > 100, "the run never met the bounds");
            while (_live.Count > 0)
                Free(arena, _random.Next(_live.Count));
            arena.Trim();
            Expect(arena.CommittedBytes == GrowingPages * _page, "pages are left committed");
        }

        private void Lend(PageArena arena)
        {
            var pages = _random.Next(8) == 0 ? _random.Next(1, 80) : _random.Next(1, 9);
            var alignmentPages = _random.Next(3) == 0 ? 1 << _random.Next(8) : 1;
            var wanted = LowestFit(arena, pages + (guards ? 1 : 0), alignmentPages);
            if (budgetPages != 0 && _lentPages + pages > budgetPages)
                wanted = -1;
            // Any size that rounds up to the pages, and any alignment up to the one meant.
            var byteCount = (nuint)pages * _page - (nuint)_random.Next((int)_page);
            var alignment = alignmentPages == 1 ? 0 : (nuint)alignmentPages * _page;
            var lent = arena.Lend(byteCount, alignment, OwnerRegistry.UserBlock, out var block, out var isZero) is null;
            Expect(lent == wanted >= 0, $"{pages} pages: lent {lent}, the model says {wanted}");
            if (!lent)
            {
                _refused++;
                return;
            }
            Expect((nuint)block.Address == (nuint)arena.Base + (nuint)wanted * _page, $"not at page {wanted}");
            Expect(block.ByteCount == (nuint)pages * _page, "ByteCount");
            Expect(!isZero || IsZero(block), "old contents in a block that is reported as zero");
            var entry = new Entry(block, pages, _random.NextInt64());
            Fill(entry);
            _live.Add(wanted, entry);
            _lentPages += pages;
        }

        private void Free(PageArena arena, int index)
        {
            var entry = _live.GetValueAtIndex(index);
            Check(entry);
            arena.Free(entry.Block);
            _live.RemoveAt(index);
            _lentPages -= entry.Pages;
            if (_random.Next(100) == 0)
                Assert.Throws<InvalidFreeException>(() => arena.Free(entry.Block));
        }

        private void Resize(PageArena arena, int index)
        {
            var (page, entry) = (_live.GetKeyAtIndex(index), _live.GetValueAtIndex(index));
            var pages = _random.Next(1, 2 * entry.Pages + 2);
            var end = index + 1 < _live.Count ? _live.GetKeyAtIndex(index + 1) : ReservedPages;
            var wanted = !guards && page + pages <= end
                && (budgetPages == 0 || pages <= entry.Pages || _lentPages + pages - entry.Pages <= budgetPages);
            var byteCount = (nuint)pages * _page - (nuint)_random.Next((int)_page);
            var resized = arena.TryResize(entry.Block, OwnerRegistry.UserBlock, byteCount, out var block);
            Expect(resized == wanted, $"{entry.Pages} to {pages} pages: {resized}, the model says {wanted}");
            Check(entry with { Block = block.ByteCount < entry.Block.ByteCount ? block : entry.Block });
            if (!resized)
                return;
            Expect(block == new Block(entry.Block.Address, (nuint)pages * _page), "the resized block");
            _lentPages += pages - entry.Pages;
            _live[page] = entry with { Block = block, Pages = pages };
            Fill(_live[page]);
        }

        private void Trim(PageArena arena)
        {
            var before = arena.CommittedBytes;
            var givenBack = arena.Trim();
            Expect(arena.CommittedBytes == before - givenBack, "Trim's answer");
            var leftBytes = before == 0 ? 0 : (nuint)(_lentPages + GrowingPages) * _page;
            Expect(arena.CommittedBytes == leftBytes, "Trim leaves pages");
            foreach (var entry in _live.Values)
                Check(entry);
        }

        private int LowestFit(PageArena arena, int pages, int alignmentPages)
        {
            var firstNumber = (long)((nuint)arena.Base / _page);
            var page = 0;
            foreach (var (start, entry) in _live)
            {
                page = Align(page, firstNumber, alignmentPages);
                if (page + pages <= start)
                    return page;
                page = Math.Max(page, start + entry.Pages + (guards ? 1 : 0));
            }
            page = Align(page, firstNumber, alignmentPages);
            return page + pages <= ReservedPages ? page : -1;
        }

        private static int Align(int page, long firstNumber, int alignmentPages)
        {
            while ((firstNumber + page) % alignmentPages != 0)
                page++;
            return page;
        }

        private bool IsZero(Block block)
        {
            for (nuint at = 0; at < block.ByteCount; at += _page)
            {
                var address = (byte*)block.Address + at;
                if ((*(long*)address | *(long*)(address + _page - sizeof(long))) != 0)
                    return false;
            }
            return true;
        }

        // The first and the last word of every page.
        private void Fill(Entry entry)
        {
            for (nuint at = 0; at < entry.Block.ByteCount; at += _page)
            {
                var address = (byte*)entry.Block.Address + at;
                *(long*)address = entry.Stamp ^ (long)at;
                *(long*)(address + _page - sizeof(long)) = ~entry.Stamp ^ (long)at;
            }
        }

        private void Check(Entry entry)
        {
            for (nuint at = 0; at < entry.Block.ByteCount; at += _page)
            {
                var address = (byte*)entry.Block.Address + at;
                var kept = *(long*)address == (entry.Stamp ^ (long)at)
                    && *(long*)(address + _page - sizeof(long)) == (~entry.Stamp ^ (long)at);
                if (!kept)
                    Expect(false, $"{entry.Block} lost its contents at {at}");
            }
        }

        private void Expect(bool holds, string what)
        {
            if (!holds)
                Assert.Fail($"seed {seed}, step {_step}: {what}");
        }

        private readonly record struct Entry(Block Block, int Pages, long Stamp);
    }
}
