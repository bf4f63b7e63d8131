using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Pools;

/// <summary>
/// An operating system that refuses one call in four to eight, and others that spend the budget: whatever was refused
/// half-way, live allocations keep their contents, freed ones are refused, and nothing is lost.
/// ARENA_FAILURE_SEEDS=10000 runs more seeds than usual.
/// </summary>
public sealed unsafe class RandomFailureTests
{
    private const int Operations = 100;
    private const nuint Budget = 2 << 20;

    private static int Seeds =>
        int.TryParse(Environment.GetEnvironmentVariable("ARENA_FAILURE_SEEDS"), out var seeds) ? seeds : 100;

    [LinuxFact]
    public void Pools_keep_what_lives_and_refuse_what_does_not() => RunAll(
        8 << 10,
        (arena, options) => new PoolSubject<Line64>(arena, options),
        (arena, options) => new PoolSubject<Sixty>(arena, options));

    [LinuxFact]
    public void Maps_keep_what_lives_and_refuse_what_does_not() => RunAll(
        8 << 10,
        (arena, options) => new MapSubject<Line64>(arena, options),
        (arena, options) => new MapSubject<Sixty>(arena, options));

    [LinuxFact]
    public void Shared_pools_keep_what_lives_and_refuse_what_does_not() => RunAll(
        0,
        (arena, options) => new SharedPoolSubject<Line64>(arena, options),
        (arena, options) => new SharedPoolSubject<Sixty>(arena, options));

    [Fact]
    public void A_slot_of_a_pool_that_lost_its_storage_and_cannot_get_it_back_is_refused()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", BudgetBytes = Budget });
        using var pool = new Pool<Sixty>(arena, new PoolOptions { MaximumSlots = 8192 });
        var slot = pool.Allocate();
        pool.Free(slot);
        pool.Trim();
        var spent = new List<Block>();
        Spend(arena, spent);
        Assert.False(pool.TryAllocate(out _));
        Assert.Throws<InvalidFreeException>(() => pool.Free(slot));
        Assert.Equal(0, pool.LiveCount);
        spent.ForEach(arena.Free);
        Assert.True(pool.TryAllocate(out slot));
        pool.Free(slot);
    }

    // By halves, so that nothing is left in the end.
    private static void Spend(PageArena arena, List<Block> spent)
    {
        for (var bytes = Budget; bytes >= PageArena.PageBytes;)
        {
            if (arena.TryAllocate(bytes, 0, out var block))
                spent.Add(block);
            else
                bytes /= 2;
        }
    }

    private static void RunAll(int smallSlabBytes, params Func<PageArena, PoolOptions, Subject>[] makers)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            using var os = new FailingContext(pageBytes: seed % 3 == 0 ? 16 << 10 : 0);
            try
            {
                new Run(os, makers[seed % makers.Length], seed, smallSlabBytes).Play();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }

    private struct Sixty
    {
        public fixed byte Bytes[60];
    }

    private sealed class Run(
        FailingContext os, Func<PageArena, PoolOptions, Subject> make, int seed, int smallSlabBytes)
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<nint, byte> _live = [];
        private readonly List<Block> _spent = [];
        private byte _stamp;

        public void Play()
        {
            using var arena = new PageArena(new PageArenaOptions { BudgetBytes = Budget, Name = "failing" }, os.Memory);
            os.FailRandomly(seed, 4 + seed % 5);
            var options = (seed % 4) switch
            {
                0 => new PoolOptions(),
                1 => new PoolOptions { SlabBytes = smallSlabBytes },
                2 => new PoolOptions { MaximumSlots = 8192 },
                _ => new PoolOptions { MaximumSlots = 1000, Alignment = 128 },
            };
            Subject? subject = null;
            for (var operation = 0; operation < Operations; operation++)
            {
                if (subject is null)
                    TryMake(arena, options, ref subject);
                else
                    Change(arena, ref subject);
                if (operation % 4 == 0)
                    subject?.Check(_live);
            }
            os.Reset();
            subject?.Dispose();
            _spent.ForEach(arena.Free);
            Assert.True(arena.LentBytes == 0, $"{arena.LentBytes} bytes are still lent");
        }

        private void TryMake(PageArena arena, PoolOptions options, ref Subject? subject)
        {
            try
            {
                subject = make(arena, options);
            }
            catch (ArenaOutOfMemoryException)
            {
                Release(arena);
            }
        }

        private void Change(PageArena arena, ref Subject? subject)
        {
            switch (_random.Next(24))
            {
                case < 9:
                    for (var i = _random.Next(1, 200); i > 0; i--)
                        Allocate(subject!);
                    break;
                case < 15:
                    for (var i = _random.Next(1, 300); i > 0 && _live.Count > 0; i--)
                        Free(subject!);
                    break;
                case 15:
                    while (_live.Count > 0)
                        Free(subject!);
                    break;
                case 16 or 17:
                    subject!.Trim();
                    break;
                case 18:
                    arena.Trim();
                    break;
                case 19:
                    Spend(arena, _spent);
                    break;
                case 20 or 21:
                    Release(arena);
                    break;
                case 22 when _random.Next(3) == 0:
                    subject!.Dispose();
                    subject = null;
                    _live.Clear();
                    break;
                default:
                    subject!.FreeStale(_random, _live);
                    break;
            }
        }

        private void Allocate(Subject subject)
        {
            if (!subject.TryAllocate(out var address))
                return;
            Assert.True(_live.TryAdd(address, ++_stamp), $"{address:x} was handed out twice");
            subject.Value(address).Fill(_stamp);
        }

        private void Free(Subject subject)
        {
            var (address, stamp) = _live.ElementAt(_random.Next(Math.Min(_live.Count, 50)));
            Assert.False(subject.Value(address).ContainsAnyExcept(stamp), $"{address:x} was overwritten");
            _live.Remove(address);
            subject.Free(address);
            if (_random.Next(8) == 0)
                subject.FreeStale(_random, _live);
        }

        private void Release(PageArena arena)
        {
            _spent.ForEach(arena.Free);
            _spent.Clear();
        }
    }
}
