using System.Diagnostics;
using GameLoop.Measurement;

namespace GameLoop.Churning;

/// <summary>
/// The loops of churn, over whatever memory a backend has. <typeparamref name="TMemory"/> is a struct, so that its
/// calls are compiled into the loops as they would be into a game's.
/// </summary>
/// <typeparam name="TMemory">The memory.</typeparam>
internal sealed class ChurnLoop<TMemory>(TMemory memory) : IChurn
    where TMemory : struct, IChurnMemory
{
    private const int Alive = 100_000;
    private const int Batch = 1_000;
    private const int SmallestBytes = 16;
    private const int SizeSpread = 497;
    private const ulong Seed = 0x9E37_79B9_7F4A_7C15;

    // As long as the collector and the allocators need to show what they cost, and short enough to take turns.
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(40);

    // Until the loops have their final code.
    private static readonly TimeSpan Rehearsal = TimeSpan.FromMilliseconds(300);

    private TMemory _memory = memory;
    private ulong _random = Seed;
    private ChurnKind? _filled;

    public double Play(ChurnKind kind)
    {
        if (_filled != kind)
        {
            Fill(kind);
            PlayFor(kind, Rehearsal);
        }
        // Another process had the caches meanwhile.
        PlayFor(kind, Round / 8);
        return PlayFor(kind, Round);
    }

    public void Dispose() => _memory.Dispose();

    private void Fill(ChurnKind kind)
    {
        if (_filled is ChurnKind.Replace or ChurnKind.ReplaceAnySize)
            _memory.FreeAll(Alive);
        _filled = kind;
        if (kind == ChurnKind.Pair)
            return;
        for (var i = 0; i < Alive; i++)
        {
            if (kind == ChurnKind.Replace)
                _memory.Put(i);
            else
                _memory.Put(i, NextBytes());
        }
    }

    private double PlayFor(ChurnKind kind, TimeSpan time)
    {
        var operations = 0L;
        var cpuStart = ThreadClock.Nanoseconds();
        var start = Stopwatch.GetTimestamp();
        do
        {
            if (kind == ChurnKind.Pair)
                Pairs();
            else if (kind == ChurnKind.Replace)
                Replacements();
            else
                ReplacementsOfAnySize();
            operations += Batch;
        }
        while (Stopwatch.GetElapsedTime(start) < time);
        // A core that another program had is not the allocator's time.
        var nanoseconds = ThreadClock.IsThere
            ? ThreadClock.Nanoseconds() - cpuStart : Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        return nanoseconds / operations;
    }

    private void Pairs()
    {
        for (var i = 0; i < Batch; i++)
            _memory.Pair((ulong)i);
    }

    private void Replacements()
    {
        for (var i = 0; i < Batch; i++)
        {
            var place = NextPlace();
            _memory.Free(place);
            _memory.Put(place);
        }
    }

    private void ReplacementsOfAnySize()
    {
        for (var i = 0; i < Batch; i++)
        {
            var place = NextPlace();
            _memory.FreeAnySize(place);
            _memory.Put(place, NextBytes());
        }
    }

    private int NextPlace() => (int)(((Next() >> 32) * Alive) >> 32);

    private int NextBytes() => SmallestBytes + (int)(((Next() >> 32) * SizeSpread) >> 32);

    // xorshift64.
    private ulong Next()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        return _random ^= _random << 17;
    }
}
