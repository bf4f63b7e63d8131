using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// The numbers by which the handles of an arena's relocatable heaps name their heap. No two heaps of a process have the
/// same one at a time, whatever their arenas. A number whose heap has ended keeps the generation at which its next heap
/// begins, so that handles of the former heap never resolve.
/// </summary>
/// <remarks>
/// An arena keeps the numbers that it took until it ends, so its heaps get the same ones again after it went back in
/// time. Where it takes its first one depends on its name, as generations do in <see cref="HandleSpace"/>: the
/// first arena of a name has the same numbers in whatever process, unless another arena has them. It is thread-safe.
/// </remarks>
/// <param name="origin">A number that depends on the arena's name.</param>
/// <param name="ofAll">The numbers that all arenas share.</param>
internal sealed class HeapNumbers(uint origin, HeapNumbers.Shared ofAll) : IKeepsState
{
    public const int NumberBits = 14;

    public const int GenerationBits = 24;

    /// <summary>The most heaps that can exist at the same time.</summary>
    public const int Most = (1 << NumberBits) - 1;

    // The generation from which on a number is not used again.
    private const uint Worn = ((1u << GenerationBits) - 1) / 4 * 3;

    private readonly Lock _lock = new();

    // In the order in which the arena took them. Those from _count on were taken after the frame that it went back to,
    // and come next.
    private readonly List<Number> _taken = [];
    private int _count;

    // Those whose heaps have ended, the next one to use first.
    private readonly List<Number> _free = [];

    // All that it holds, with the highest generation that was given out. This never goes back in time.
    private readonly Dictionary<uint, uint> _highest = [];

    /// <summary>Returns a number from 1 on, or 0 if there is none, and the first generation to use.</summary>
    public uint Take(out uint firstGeneration)
    {
        lock (_lock)
        {
            var number = default(Number);
            if (_free.Count > 0)
            {
                number = _free[0];
                _free.RemoveAt(0);
            }
            else if (_count < _taken.Count || TryTakeMore())
            {
                number = _taken[_count++];
            }
            firstGeneration = number.FirstGeneration;
            return number.Value;
        }
    }

    /// <summary>Records the generations that a heap gave out.</summary>
    public void Note(uint number, uint highestGeneration)
    {
        lock (_lock)
            _highest[number] = Math.Max(_highest[number], highestGeneration);
    }

    /// <summary>Gives a number back whose generations were used up to the given one.</summary>
    public void GiveBack(uint number, uint highestGeneration)
    {
        lock (_lock)
        {
            Note(number, highestGeneration);
            if (highestGeneration < Worn)
                _free.Add(new Number(number, highestGeneration + 1));
        }
    }

    /// <summary>The arena has ended: others may use its numbers.</summary>
    public void Release()
    {
        lock (_lock)
        {
            foreach (var (number, highest) in _highest)
                ofAll.GiveBack(number, highest);
            _highest.Clear();
            _taken.Clear();
            _free.Clear();
            _count = 0;
        }
    }

    /// <inheritdoc/>
    public unsafe void KeepState(StateStream state)
    {
        lock (_lock)
        {
            _count = state.KeepCount(_count, sizeof(Number));
            for (var i = 0; i < _count; i++)
            {
                var number = state.Keep(i < _taken.Count ? _taken[i] : default);
                if (i < _taken.Count && number == _taken[i])
                    continue;
                // Another process had other ones.
                _taken.RemoveRange(i, _taken.Count - i);
                Adopt(number.Value);
                _taken.Add(number);
            }
            var free = state.KeepCount(_free.Count, sizeof(Number));
            if (state.IsRestoring)
                CollectionsMarshal.SetCount(_free, free);
            foreach (ref var number in CollectionsMarshal.AsSpan(_free))
                number = state.Keep(number);
        }
    }

    /// <summary>Returns whether the arena has a number that no heap has given back.</summary>
    public bool IsOut(uint number)
    {
        lock (_lock)
        {
            return _taken.FindIndex(0, _count, its => its.Value == number) >= 0
                && !_free.Exists(its => its.Value == number);
        }
    }

    /// <summary>Null, or why what was read from a stream cannot be.</summary>
    public string? WhyContradictory()
    {
        lock (_lock)
        {
            var taken = _taken.Take(_count).Select(number => number.Value).ToHashSet();
            return taken.Count == _count && _free.TrueForAll(number => taken.Remove(number.Value))
                ? null
                : "a number of a relocatable heap is there twice, or was never taken";
        }
    }

    private bool TryTakeMore()
    {
        if (!ofAll.TryTake(unchecked(origin + (uint)_taken.Count), out var number))
            return false;
        _highest.Add(number.Value, 0);
        _taken.Add(number);
        return true;
    }

    private void Adopt(uint number)
    {
        if (_highest.ContainsKey(number))
            return;
        if (!ofAll.TryTake(number))
        {
            throw new InvalidOperationException(
                $"The frame has a relocatable heap of number {number}, which a heap of another arena has in this "
                + "process; give the other arena another name, or make it later. Nothing was changed.");
        }
        _highest.Add(number, 0);
    }

    internal readonly record struct Number(uint Value, uint FirstGeneration);

    /// <summary>Which numbers the arenas of a process have, and had.</summary>
    internal sealed class Shared
    {
        private readonly Lock _lock = new();

        // Every number that was ever used.
        private readonly Dictionary<uint, Use> _known = [];

        /// <summary>Those of this process.</summary>
        public static Shared OfProcess { get; } = new();

        /// <summary>
        /// Takes a number that was never used, the first one from a place on, or else the one that was used least.
        /// </summary>
        public bool TryTake(uint from, out Number number)
        {
            lock (_lock)
            {
                number = FirstUnused(from);
                if (number == default)
                    number = LeastUsed();
                if (number == default)
                    return false;
                _known[number.Value] = new Use(IsTaken: true, number.FirstGeneration);
                return true;
            }
        }

        /// <summary>Takes this number, if no arena has it.</summary>
        public bool TryTake(uint number)
        {
            lock (_lock)
            {
                if (number is 0 or > Most || (_known.TryGetValue(number, out var use) && use.IsTaken))
                    return false;
                _known[number] = use with { IsTaken = true };
                return true;
            }
        }

        /// <summary>Gives a number back.</summary>
        public void GiveBack(uint number, uint highestGeneration)
        {
            lock (_lock)
            {
                var next = Math.Max(_known[number].NextGeneration, highestGeneration + 1);
                _known[number] = new Use(IsTaken: false, next);
            }
        }

        private Number FirstUnused(uint from)
        {
            for (uint i = 0; _known.Count < Most && i < Most; i++)
            {
                var number = unchecked(from + i) % Most + 1;
                if (!_known.ContainsKey(number))
                    return new Number(number, 1);
            }
            return default;
        }

        private Number LeastUsed()
        {
            var least = new Number(0, Worn);
            foreach (var (number, use) in _known)
            {
                if (!use.IsTaken && use.NextGeneration < least.FirstGeneration)
                    least = new Number(number, use.NextGeneration);
            }
            return least.Value == 0 ? default : least;
        }

        private readonly record struct Use(bool IsTaken, uint NextGeneration);
    }
}
