using Arena.Diagnostics;
using Arena.Tests.Blocks;

namespace Arena.Tests.Diagnostics.Ledgers;

public sealed class QuietPointTests : IDisposable
{
    private const int Visits = 300;

    private readonly PageArena _arena = new("paused");
    private readonly TrackerState _state = new(0, false, new GrowingPages("ledger test"));
    private readonly LedgerSet _ledgerSet;
    private volatile bool _stop;

    public QuietPointTests() => _ledgerSet = new LedgerSet(_state);

    public void Dispose()
    {
        _stop = true;
        _state.Dispose();
        _arena.Dispose();
    }

    [Fact]
    public void A_visitor_never_sees_an_owner_between_two_writes()
    {
        var quietPoint = new QuietPoint();
        var first = 0;
        var second = 0;
        var door = new BiasedLock(quietPoint, isShared: false);
        // One ledger is enough here: the visit waits for it as for any other.
        var owner = new Thread(() =>
        {
            while (!_stop)
            {
                door.Enter();
                first++;
                second++;
                door.Leave();
            }
        })
        {
            IsBackground = true,
        };
        owner.Start();
        for (var i = 0; i < Visits; i++)
        {
            quietPoint.Visit(_ledgerSet, _ =>
            {
                door.WaitUntilLeft();
                var seen = Volatile.Read(ref first);
                for (var spin = 0; spin < 100; spin++)
                    Assert.Equal(seen, Volatile.Read(ref second));
                Assert.Equal(seen, Volatile.Read(ref first));
            });
        }
        _stop = true;
        owner.Join();
        Assert.Equal(first, second);
    }

    [Fact]
    public void A_shared_door_lets_one_of_many_threads_in()
    {
        const int turns = 20_000;
        var door = new BiasedLock(new QuietPoint(), isShared: true);
        var count = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < turns; i++)
            {
                door.Enter();
                count++;
                door.Leave();
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(4 * turns, count);
    }

    [Fact]
    public void Reports_see_whole_events_while_owners_write()
    {
        var fakes = Enumerable.Range(0, 4).Select(i => new FakeAllocator(_arena, $"fake {i}")).ToArray();
        var owners = fakes.Select(fake =>
            new Thread(() => Write(_ledgerSet.Of(fake), fake)) { IsBackground = true }).ToArray();
        Array.ForEach(owners, owner => owner.Start());
        for (var i = 0; i < Visits; i++)
        {
            _state.QuietPoint.Visit(_ledgerSet, view =>
            {
                foreach (var ledger in view.Ledgers)
                {
                    var live = 0L;
                    foreach (ref readonly var allocation in ledger.Places)
                        live += allocation.Address == 0 ? 0 : (long)allocation.ByteCount;
                    Assert.Equal(live, ledger.Totals.LiveBytes);
                    long counted = 0;
                    foreach (ref readonly var counters in ledger.Sites.Counters)
                        counted += counters.LiveBytes;
                    Assert.Equal(live, counted);
                }
            });
        }
        _stop = true;
        Array.ForEach(owners, owner => owner.Join());
    }

    private void Write(Ledger ledger, FakeAllocator fake)
    {
        var random = new Random(9);
        while (!_stop)
        {
            var address = (nuint)(64 * (1 + random.Next(500)));
            ledger.Allocated(address, 64, new SourceLine("Game.cs", 1, "Spawn"));
            if (random.Next(10) > 0)
                ledger.Freed(address, 64);
            else
                ledger.Cleared();
        }
    }
}
