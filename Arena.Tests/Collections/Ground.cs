using Arena.Pools;

namespace Arena.Tests.Collections;

/// <summary>An allocator of each kind that serves containers, with little memory, so that it runs out.</summary>
internal sealed class Ground : IDisposable
{
    /// <summary>The operations that each container and its twin do on each allocator.</summary>
    public const int Steps = 1_000_000;

    private const nuint BudgetBytes = 5 << 18;
    private const nuint BuddyBytes = 1 << 20;
    private const nuint CustomBytes = 1 << 20;
    private const nuint MostSparseBytes = 8 << 20;

    private readonly PageArena _arena = new(new PageArenaOptions { Name = "ground", BudgetBytes = BudgetBytes });
    private readonly IDisposable _allocator;
    private readonly Func<int> _live;

    public Ground(string kind)
    {
        switch (kind)
        {
            case nameof(Heap):
                var heap = new Heap(_arena);
                (_allocator, Handle, _live) = (heap, heap, () => heap.LiveCount);
                break;
            case nameof(SharedHeap):
                var shared = new SharedHeap(_arena);
                (_allocator, Handle, _live) = (shared, shared, () => shared.LiveCount);
                break;
            case nameof(BuddyAllocator):
                var buddy = new BuddyAllocator(_arena, BuddyBytes);
                (_allocator, Handle, _live) = (buddy, buddy, () => buddy.LiveCount);
                break;
            case nameof(FrameAllocator):
                var frames = new FrameAllocator(_arena);
                (_allocator, Handle, _live) = (frames, frames, () => 0);
                NextFrame = frames.NextFrame;
                break;
            case nameof(SparseAllocator):
                var sparse = new SparseAllocator(_arena, MostSparseBytes);
                (_allocator, Handle, _live) = (sparse, sparse, () => sparse.LiveCount);
                break;
            default:
                var custom = new LimitedAllocator(CustomBytes);
                (_allocator, Handle, _live) = (custom, custom, () => custom.LiveCount);
                break;
        }
    }

    public static TheoryData<string> Kinds => new(
        nameof(Heap), nameof(SharedHeap), nameof(BuddyAllocator), nameof(FrameAllocator), nameof(SparseAllocator),
        nameof(LimitedAllocator));

    public AllocatorHandle Handle { get; }

    /// <summary>Allocations that are alive in it.</summary>
    public int LiveCount => _live();

    /// <summary>Forgets all of a frame allocator; of others nothing.</summary>
    public Action NextFrame { get; } = () => { };

    public void Dispose()
    {
        _allocator.Dispose();
        _arena.Dispose();
    }
}
