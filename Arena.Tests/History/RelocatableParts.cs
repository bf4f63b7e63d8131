using System.Text;
using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>
/// Relocatable heaps, one that stays and others that come and go, and random calls that depend on a seed and on what
/// lives.
/// </summary>
internal sealed class RelocatableParts : IDisposable
{
    private readonly PageArena _arena;
    private readonly RelocatableHeap _heap;
    private readonly RelocatableList<int> _list;
    private readonly RelocatableBuffer _buffer;

    public RelocatableParts(PageArena arena)
    {
        _arena = arena;
        _heap = new RelocatableHeap(arena);
        _list = new RelocatableList<int>(_heap);
        _buffer = new RelocatableBuffer(_heap);
    }

    /// <summary>Makes a random call, and returns what it gave.</summary>
    /// <param name="state">The live allocations.</param>
    /// <param name="random">Determines the call.</param>
    /// <param name="keepsHandles">
    /// False where the arena takes frames of another one: then handles in fields are not those of the frame.
    /// </param>
    public ulong Call(State state, Random random, bool keepsHandles)
    {
        var index = random.Next(1 << 20);
        switch (random.Next(40))
        {
            case < 14:
                return Put(state, _heap.Allocate(Size(random)), random);
            case < 20 when Take(state.Live, index, out var handle):
                _heap.Free(handle);
                state.Dead.Add(handle);
                if (state.Dead.Count > 50)
                    state.Dead.RemoveAt(0);
                return 1;
            case < 24 when state.Live.Count > 0:
                Resize(state.Live[index % state.Live.Count], Size(random), (byte)index);
                return 2;
            case < 27 when state.Live.Count > 0:
                _heap.Span(state.Live[index % state.Live.Count]).Fill((byte)index);
                return 3;
            case < 30 when keepsHandles:
                return Lengthen(index);
            case 30:
                return Work(_heap.Compact((nuint)random.Next(1 << 20)));
            case 31 or 32:
                // One step and no more, whatever the clock says.
                return Work(_heap.CompactStep(TimeSpan.Zero));
            case 33:
                return _heap.Trim() + 4;
            case 34 when keepsHandles:
                var level = new RelocatableHeap(_arena, "moved level") { IgnoreLeaks = true };
                var first = level.Allocate(Size(random));
                level.Span(first).Fill((byte)index);
                state.Levels.Add((level, first));
                return Bits(first);
            case 35 when Take(state.Levels, index, out var ended):
                ended.Heap.Dispose();
                return 5;
            case 36 when state.Live.Count > 0:
                using (var pin = _heap.Pin(state.Live[index % state.Live.Count]))
                    return Work(_heap.Compact(nuint.MaxValue)) + (ulong)pin.Bytes.Length;
            default:
                return (ulong)_heap.LiveCount;
        }
    }

    /// <summary>Adds all that can be read.</summary>
    public void Read(State state, List<ulong> all, bool keepsHandles)
    {
        var statistics = _heap.Statistics();
        all.AddRange(
        [
            (ulong)_heap.LiveCount, _heap.LiveBytes, _heap.CommittedBytes, (ulong)statistics.HoleCount,
            statistics.LargestHoleBytes, statistics.GainableBytes, (ulong)statistics.MovedBytes,
            (ulong)statistics.FreedBytes, (ulong)_heap.PinnedCount,
        ]);
        foreach (var handle in state.Live)
            all.Add(Sum(_heap, handle));
        foreach (var handle in state.Dead)
            all.Add(_heap.Contains(handle) ? handle.Bits : 0);
        foreach (var (heap, first) in state.Levels)
        {
            all.Add(Sum(heap, first));
            all.Add(_heap.Contains(first) ? first.Bits : 0);
        }
        if (!keepsHandles)
            return;
        foreach (ref var item in _list.AsSpan())
            all.Add((ulong)item);
        all.Add(Sum(_buffer.AsSpan()));
    }

    public void Dispose() => _heap.Dispose();

    private ulong Put(State state, RelocatableHandle handle, Random random)
    {
        _heap.Span(handle).Fill((byte)random.Next());
        state.Live.Add(handle);
        return Bits(handle);
    }

    // What it grows into holds whatever was there before.
    private void Resize(RelocatableHandle handle, nuint byteCount, byte value)
    {
        var before = (int)_heap.ByteCount(handle);
        _heap.Resize(handle, byteCount);
        if ((int)byteCount > before)
            _heap.Span(handle)[before..].Fill(value);
    }

    private ulong Lengthen(int index)
    {
        if (_list.Count > 4000)
            _list.Clear();
        if (_buffer.Length > 100_000)
            _buffer.Clear();
        _list.Add(index);
        _buffer.Write(Encoding.UTF8.GetBytes($"{index} "));
        return (ulong)(_list.Count + _buffer.Length);
    }

    private static ulong Work(CompactionResult result) =>
        (ulong)result.MovedBytes << 1 ^ result.FreedBytes << 20 ^ (result.IsDone ? 1u : 0);

    private static nuint Size(Random random) => (nuint)(random.Next(100) switch
    {
        0 => random.Next(2 << 20),
        < 5 => random.Next(150_000),
        < 20 => random.Next(5000),
        _ => random.Next(200),
    });

    // The number of the heap is the process's matter.
    private static ulong Bits(RelocatableHandle handle) => (ulong)handle.Generation << 32 | handle.Index;

    private static ulong Sum(RelocatableHeap heap, RelocatableHandle handle) => Sum(heap.Span(handle));

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        var hash = default(HashCode);
        hash.AddBytes(bytes);
        return (ulong)(uint)hash.ToHashCode();
    }

    private static bool Take<T>(List<T> list, int index, out T item)
    {
        item = default!;
        if (list.Count == 0)
            return false;
        item = list[index % list.Count];
        list.RemoveAt(index % list.Count);
        return true;
    }

    internal sealed class State
    {
        public List<RelocatableHandle> Live { get; init; } = [];

        public List<RelocatableHandle> Dead { get; init; } = [];

        public List<(RelocatableHeap Heap, RelocatableHandle First)> Levels { get; init; } = [];

        public State Copy() => new()
        {
            Live = [.. Live],
            Dead = [.. Dead],
            Levels = [.. Levels],
        };
    }
}
