using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>Long random runs against a dictionary of what should be live and what it should hold.</summary>
public sealed unsafe class PoolModelTests
{
    [Theory]
    [InlineData(1, 0, 0, 0)]
    [InlineData(2, 3 * 4096, 0, 0)]
    [InlineData(3, 4096, 0, 0)]
    [InlineData(4, 1 << 20, 0, 0)]
    [InlineData(5, 0, 2500, 0)]
    [InlineData(6, 4096, 77, 0)]
    [InlineData(7, 5 * 4096, 1000, 0)]
    [InlineData(8, 0, 0, 256)]
    [InlineData(9, 16 << 10, 0, 128)]
    public void A_pool_agrees_with_a_dictionary(int seed, int slabBytes, int maximumSlots, int alignment)
    {
        var options = new PoolOptions
        {
            SlabBytes = slabBytes,
            MaximumSlots = maximumSlots,
            Alignment = alignment,
        };
        new Run<Inode>(seed, options).Play(observed: false);
        new Run<byte>(seed, options).Play(observed: false);
        new Run<Line64>(seed, options).Play(observed: true);
    }

    private sealed class Run<T>(int seed, PoolOptions options) : IAllocationObserver
        where T : unmanaged
    {
        private const int Steps = 60_000;

        private readonly Random _random = new(seed);
        private readonly Dictionary<nint, byte> _live = [];
        private readonly List<nint> _order = [];
        private readonly HashSet<nuint> _notified = [];
        private bool _isObserving;

        public void Play(bool observed)
        {
            using var arena = new PageArena("model");
            using var pool = new Pool<T>(arena, options);
            using var other = new Pool<T>(arena);
            var maximum = options.MaximumSlots == 0 ? int.MaxValue : options.MaximumSlots;
            for (var step = 0; step < Steps; step++)
            {
                // Growing, shrinking and level stretches, so that slabs come and go.
                var allocates = _random.Next(100) < (step / 10_000 % 3) switch { 0 => 70, 1 => 30, _ => 50 };
                if (allocates)
                    Allocate(pool);
                else if (_order.Count > 0)
                    Free(pool, other);
                if (step % 2503 == 0)
                    Check(pool);
                if (step % 997 == 0)
                    Thin(pool);
                if (step % 3001 == 0)
                    pool.Reserve(Math.Min(pool.SlotCount + 1, maximum));
                if (step % 9001 == 0)
                    pool.Trim();
                if (observed && step % 7001 == 0)
                    Watch(arena);
            }
            Check(pool);
            pool.Clear();
            Assert.Equal(0, pool.LiveCount);
        }

        void IAllocationObserver.Allocated(in AllocationEvent e) => Expect(_notified.Add(e.Address), "notified twice");

        void IAllocationObserver.Freed(Allocator allocator, nuint address, nuint byteCount) =>
            _notified.Remove(address);

        void IAllocationObserver.Cleared(Allocator allocator) => _notified.Clear();

        private void Watch(PageArena arena)
        {
            _notified.Clear();
            if (_isObserving)
                arena.Detach(this);
            else
                arena.Attach(this);
            _isObserving = !_isObserving;
        }

        private void Allocate(Pool<T> pool)
        {
            if (!pool.TryAllocate(out var slot))
            {
                Expect(_live.Count == options.MaximumSlots && _live.Count > 0, "refused although there is room");
                return;
            }
            var mark = (byte)_random.Next(256);
            Expect(_live.TryAdd((nint)slot, mark), "a live slot was given again");
            Expect(!_isObserving || _notified.Contains((nuint)slot), "an allocation was not notified");
            new Span<byte>(slot, sizeof(T)).Fill(mark);
            _order.Add((nint)slot);
        }

        private void Free(Pool<T> pool, Pool<T> other)
        {
            var pick = _random.Next(3) == 0 ? _order.Count - 1 : _random.Next(_order.Count);
            var slot = _order[pick];
            _order[pick] = _order[^1];
            _order.RemoveAt(_order.Count - 1);
            Expect(_live.Remove(slot, out var mark), "the model lost a slot");
            Expect(!new Span<byte>((void*)slot, sizeof(T)).ContainsAnyExcept(mark), "contents changed");
            pool.Free((T*)slot);
            Expect(!_notified.Contains((nuint)slot), "a free was not notified");
            if (_random.Next(40) != 0)
                return;
            Assert.Throws<InvalidFreeException>(() => pool.Free((T*)slot));
            Assert.Throws<InvalidFreeException>(() => other.Free((T*)slot));
            if (sizeof(T) > 1 && _order.Count > 0)
                Assert.Throws<InvalidFreeException>(() => pool.Free((T*)(_order[0] + 1)));
        }

        // Frees some of the slots that a walk comes to, for a while.
        private void Thin(Pool<T> pool)
        {
            var steps = _random.Next(100);
            foreach (ref var value in pool)
            {
                var slot = (T*)Unsafe.AsPointer(ref value);
                Expect(_live.ContainsKey((nint)slot), "walked over a slot that is not live");
                if (_random.Next(8) == 0)
                {
                    pool.Free(slot);
                    _live.Remove((nint)slot);
                    _order.Remove((nint)slot);
                }
                if (--steps < 0)
                    return;
            }
        }

        private void Check(Pool<T> pool)
        {
            Expect(pool.LiveCount == _live.Count, $"{pool.LiveCount} live, {_live.Count} expected");
            nint last = 0;
            var seen = 0;
            foreach (ref var value in pool)
            {
                var slot = (nint)Unsafe.AsPointer(ref value);
                Expect(slot > last && _live.ContainsKey(slot), "walked over a slot that is not live, or out of order");
                Expect(CollectionsMarshal.GetValueRefOrNullRef(_live, slot) == *(byte*)slot, "contents changed");
                last = slot;
                seen++;
            }
            Expect(seen == _live.Count, $"walked over {seen} of {_live.Count}");
        }

        private void Expect(bool holds, string what) =>
            Assert.True(holds, $"{what} (Pool<{typeof(T).Name}>, seed {seed}, {options})");
    }
}
