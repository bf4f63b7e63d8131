using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Workloads;

/// <summary>
/// W9: regions of 4 to 64 KiB, a power of two each, in a buddy that they fill to three quarters; replace a random one.
/// Nothing is touched: only the search may grow with the arena.
/// </summary>
internal sealed unsafe class BuddyLoop : Workload
{
    private const int MinimumBytes = 4096;
    private const int Orders = 5;
    private const int BytesEach = 32 << 10;

    private readonly PageArena _arena = new("buddies");
    private readonly BuddyAllocator _buddy;
    private readonly nint[] _live;
    private Xorshift _random = new(Xorshift.Seed);

    public BuddyLoop(int capacityBytes)
    {
        _buddy = new BuddyAllocator(_arena, (nuint)capacityBytes, MinimumBytes);
        _live = new nint[capacityBytes / BytesEach];
        for (var i = 0; i < _live.Length; i++)
            _live[i] = Replace(0, _random.Next());
    }

    public override ulong Run(long operations)
    {
        var count = _live.Length;
        var random = _random;
        var sum = 0UL;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0L; i < operations; i++)
        {
            var number = random.Next();
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, count));
            at = Replace(at, number);
            sum += (ulong)at;
        }
        _random = random;
        return sum;
    }

    protected override void End() => _arena.Dispose();

    // Now and then no hole is large enough: the place stays empty until it is drawn again.
    private nint Replace(nint old, ulong number)
    {
        _buddy.Free((void*)old);
        var order = (int)(((number & 0xFFFF) * Orders) >> 16);
        return _buddy.TryAllocate((nuint)MinimumBytes << order, 0, out var region) ? (nint)region : 0;
    }
}
