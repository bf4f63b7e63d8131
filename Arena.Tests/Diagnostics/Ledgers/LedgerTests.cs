using Arena.Diagnostics;
using Arena.Tests.Blocks;

namespace Arena.Tests.Diagnostics.Ledgers;

public sealed class LedgerTests : IDisposable
{
    private static readonly string[] Members = ["Spawn", "Plan", "Draw"];

    private readonly PageArena _arena = new("kept");
    private readonly TrackerState _state = new(0, false, new GrowingPages("ledger test"));
    private readonly Ledger _ledger;

    public LedgerTests() => _ledger = new LedgerSet(_state).Of(new FakeAllocator(_arena, "fake"));

    public void Dispose()
    {
        _state.Dispose();
        _arena.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Its_books_agree_with_a_model_after_any_number_of_events(int seed)
    {
        var random = new Random(seed);
        var live = new Dictionary<nuint, (string Member, int Bytes, long Frame)>();
        var order = new List<nuint>();
        var (allocations, frees, shortLived, lifetime) = (0L, 0L, 0L, 0L);
        long frame = 0;
        for (var step = 0; step < 60_000; step++)
        {
            if (order.Count == 0 || random.Next(100) < 50)
            {
                var address = (nuint)(64 * (1 + random.Next(3_000)));
                var (member, bytes) = (Members[random.Next(3)], 1 + random.Next(500));
                if (!live.TryAdd(address, (member, bytes, frame)))
                    continue;
                order.Add(address);
                _ledger.Allocated(address, (nuint)bytes, new SourceLine("Game.cs", 1, member));
                allocations++;
            }
            else
            {
                // Often the last or the last but one, as stacks and hot slots have it.
                var back = random.Next(4) == 0 ? random.Next(order.Count) : Math.Min(random.Next(2), order.Count - 1);
                var address = order[^(back + 1)];
                order.RemoveAt(order.Count - 1 - back);
                live.Remove(address, out var gone);
                _ledger.Freed(address, (nuint)gone.Bytes);
                frees++;
                lifetime += frame - gone.Frame;
                shortLived += frame == gone.Frame && frame > 0 ? 1 : 0;
            }
            if (random.Next(200) == 0)
            {
                _state.Clock.NextFrame();
                frame++;
            }
            if (random.Next(500) == 0)
                Check($"seed {seed}, step {step}");
        }
        Check($"seed {seed}, at the end");
        _ledger.Cleared();
        Assert.Equal(0, _ledger.LiveCount);
        Assert.Equal(0, _ledger.Totals.LiveBytes);
        Assert.Equal(_ledger.Totals.Allocations, _ledger.Totals.Frees);
        Assert.Equal(_ledger.Totals.AllocatedBytes, _ledger.Totals.FreedBytes);

        void Check(string when)
        {
            Assert.Equal(allocations, SiteCounters.Whole(_ledger.Totals.Allocations));
            Assert.Equal(frees, SiteCounters.Whole(_ledger.Totals.Frees));
            Assert.Equal(live.Values.Sum(l => l.Bytes), _ledger.Totals.LiveBytes);
            _ledger.BringUpToDate();
            Assert.True(live.Count == _ledger.LiveCount, $"{_ledger.LiveCount} of {live.Count}, {when}");
            foreach (ref readonly var entry in _ledger.Places)
            {
                if (entry.Address != 0)
                    Assert.Equal(live[entry.Address], Describe(in entry));
            }
            var sum = new SiteCounters();
            foreach (ref readonly var counters in _ledger.Sites.Counters)
                sum.Add(in counters);
            Assert.Equal(live.Values.Sum(l => l.Bytes), sum.LiveBytes);
            Assert.True(
                (shortLived, lifetime) == (SiteCounters.Whole(sum.ShortLived), SiteCounters.Whole(sum.LifetimeFrames)),
                when);
        }
    }

    [Fact]
    public void What_waits_is_reported_by_nothing_but_the_table()
    {
        _ledger.Allocated(64, 8, new SourceLine("Game.cs", 1, "Spawn"));
        Assert.Equal(0, _ledger.LiveCount);
        Assert.Equal(8, _ledger.Totals.LiveBytes);
        _ledger.BringUpToDate();
        Assert.Equal(1, _ledger.LiveCount);
        _ledger.Freed(64, 8);
        _ledger.BringUpToDate();
        Assert.Equal(0, _ledger.LiveCount);
    }

    [Fact]
    public void The_peak_is_that_of_the_frame()
    {
        for (nuint i = 1; i <= 10; i++)
            _ledger.Allocated(i * 64, 10, new SourceLine("Game.cs", 1, "Spawn"));
        for (nuint i = 2; i <= 10; i++)
            _ledger.Freed(i * 64, 10);
        Assert.Equal(100, _ledger.Totals.PeakIn(_state.Clock.Frame));
        _state.Clock.NextFrame();
        Assert.Equal(10, _ledger.Totals.PeakIn(_state.Clock.Frame));
        _ledger.Allocated(128, 5, new SourceLine("Game.cs", 1, "Spawn"));
        _ledger.Freed(128, 5);
        Assert.Equal(15, _ledger.Totals.PeakIn(_state.Clock.Frame));
    }

    [Fact]
    public void After_it_was_closed_it_hears_nothing()
    {
        _ledger.Allocated(64, 8, new SourceLine("Game.cs", 1, "Spawn"));
        _ledger.Close();
        _ledger.Allocated(128, 8, new SourceLine("Game.cs", 1, "Spawn"));
        _ledger.Freed(64, 8);
        Assert.Equal(0, _ledger.LiveCount);
        Assert.Equal(0u, _state.Pages.LentBytes);
    }

    private (string Member, int Bytes, long Frame) Describe(ref readonly LiveAllocation entry) =>
        (_ledger.Sites[entry.Site].Member, (int)entry.ByteCount, entry.BornFrame);
}
