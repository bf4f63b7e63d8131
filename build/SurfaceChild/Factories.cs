using Arena;
using Arena.Collections;
using Arena.Diagnostics;
using Arena.Pools;

namespace SurfaceChild;

/// <summary>Makes something on a world's arena.</summary>
internal delegate object Maker(World world);

/// <summary>
/// Makes each public type that has memory, with something alive in it. A type that is neither here nor
/// plain is a finding.
/// </summary>
internal static unsafe partial class Factories
{
    /// <summary>
    /// The makers by type, an open generic type by its definition; all its type arguments become long.
    /// </summary>
    public static readonly IReadOnlyDictionary<Type, Maker> All = new Dictionary<Type, Maker>
    {
        [typeof(PageArena)] = OfArena,
        [typeof(FrameAllocator)] = OfFrames,
        [typeof(FrameMark)] = world => OfMark(world),
        [typeof(WorkerFrames)] = OfWorkers,
        [typeof(BuddyAllocator)] = OfBuddy,
        [typeof(Pool<>)] = OfPool,
        [typeof(SharedPool<>)] = OfSharedPool,
        [typeof(HandleMap<>)] = OfMap,
        [typeof(DenseHandleMap<>)] = OfDenseMap,
        [typeof(Heap)] = OfHeap,
        [typeof(SharedHeap)] = OfSharedHeap,
        [typeof(SparseAllocator)] = OfSparse,
        [typeof(ArenaHistory)] = OfHistory,
        [typeof(RelocatableHeap)] = OfRelocatable,
        [typeof(RelocatableList<>)] = world => OfRelocatableList(world),
        [typeof(RelocatableBuffer)] = world => OfRelocatableBuffer(world),
        [typeof(AllocatorHandle)] = world => OfHandle(world),
        [typeof(NativeList<>)] = world => OfList(world),
        [typeof(NativeQueue<>)] = world => OfQueue(world),
        [typeof(NativeDictionary<,>)] = world => OfDictionary(world),
        [typeof(NativeHashSet<>)] = world => OfSet(world),
        [typeof(NativeSparseSet<>)] = world => OfSparseSet(world),
        [typeof(NativeBitSet)] = world => OfBits(world),
        [typeof(NativeText)] = world => OfText(world),
        [typeof(NativeMemoryOwner<>)] = OfMemory,
        [typeof(HeapMemoryPool<>)] = OfMemoryPool,
        [typeof(NativeBufferWriter<>)] = OfWriter,
        [typeof(NativeCallbacks)] = world => new NativeCallbacks(OfHeap(world), "library"),
        [typeof(VulkanCallbacks)] = world => new VulkanCallbacks(OfSharedHeap(world)),
        [typeof(LeakTracker)] = OfTracker,
        [typeof(TrackedBreakdown)] = OfParts,
        [typeof(MemorySampler)] = OfSampler,
        [typeof(CaptureWriter)] = OfCapture,
        [typeof(AllocationTraceRecorder)] = OfRecorder,
        [typeof(ArenaMetrics)] = OfMetrics,
    };

    /// <summary>Types that hold nothing of an arena: data that was read from a file, or copied.</summary>
    public static readonly IReadOnlySet<Type> Plain = new HashSet<Type>
    {
        typeof(AllocationTrace), typeof(MemoryCapture), typeof(MemoryRecord), typeof(ArenaEventSource),
        typeof(NativeFunctions), typeof(VulkanAllocationCallbacks), typeof(GuardReport),
    };

    /// <summary>Methods that work after Dispose. The others throw; properties are as their comments say.</summary>
    public static readonly IReadOnlySet<string> Answering = new HashSet<string>
    {
        nameof(IDisposable.Dispose), nameof(ToString), nameof(Equals), nameof(GetHashCode),
        // A tracker calls it when it is disposed after its arena.
        "PageArena.Detach",
        // Counts that stay.
        "VulkanCallbacks.Usage",
        // Pinned memory may outlive Dispose.
        "NativeMemoryOwner`1.Unpin",
    };

    private static PageArena OfArena(World world)
    {
        world.Give(world.Arena.Allocate(1));
        return world.Arena;
    }

    private static FrameAllocator OfFrames(World world)
    {
        var frames = world.Give(new FrameAllocator(world.Arena, buffers: 2));
        world.Stale = (nint)frames.Allocate(100);
        frames.NextFrame();
        frames.Allocate(100_000);
        world.Give(frames.Mark());
        return frames;
    }

    private static FrameMark OfMark(World world)
    {
        var frames = OfFrames(world);
        world.Owner = frames;
        return frames.Mark();
    }

    private static WorkerFrames OfWorkers(World world)
    {
        var workers = world.Give(new WorkerFrames(world.Arena));
        world.Give(0);
        world.Stale = (nint)workers.Current.Allocate(100_000);
        return workers;
    }

    private static BuddyAllocator OfBuddy(World world)
    {
        var buddy = world.Give(new BuddyAllocator(world.Arena, 1 << 20));
        buddy.Allocate(1000);
        world.Stale = (nint)buddy.Allocate(100);
        return buddy;
    }

    private static Pool<long> OfPool(World world)
    {
        var pool = world.Give(new Pool<long>(world.Arena));
        for (var i = 0; i < 1000; i++)
            world.Stale = (nint)pool.Allocate();
        return pool;
    }

    private static SharedPool<long> OfSharedPool(World world)
    {
        var pool = world.Give(new SharedPool<long>(world.Arena));
        for (var i = 0; i < 1000; i++)
            world.Stale = (nint)pool.Allocate();
        return pool;
    }

    private static HandleMap<long> OfMap(World world)
    {
        var map = world.Give(new HandleMap<long>(world.Arena));
        for (var i = 0; i < 1000; i++)
            world.Give(map.Allocate(i));
        return map;
    }

    private static DenseHandleMap<long> OfDenseMap(World world)
    {
        var map = world.Give(new DenseHandleMap<long>(world.Arena));
        for (var i = 0; i < 1000; i++)
            world.Give(map.Allocate(i));
        return map;
    }

    private static ArenaHistory OfHistory(World world)
    {
        OfHeap(world);
        var history = ArenaHistory.Attach(world.Arena, 4);
        history.Save(0);
        return history;
    }

    private static RelocatableHeap OfRelocatable(World world)
    {
        var heap = world.Give(new RelocatableHeap(world.Arena));
        heap.Allocate(1 << 20);
        heap.Free(heap.Allocate(100_000));
        heap.Allocate(100);
        return heap;
    }

    private static RelocatableList<long> OfRelocatableList(World world)
    {
        var list = new RelocatableList<long>(OfRelocatable(world), 4);
        list.Add(1);
        return list;
    }

    private static RelocatableBuffer OfRelocatableBuffer(World world)
    {
        var buffer = new RelocatableBuffer(OfRelocatable(world), 4);
        buffer.Write([1, 2, 3]);
        return buffer;
    }

    private static Heap OfHeap(World world)
    {
        var heap = world.Give(new Heap(world.Arena));
        heap.Allocate(1 << 20);
        heap.Allocate(100_000);
        world.Stale = (nint)heap.Allocate(100);
        return heap;
    }

    private static SharedHeap OfSharedHeap(World world)
    {
        var heap = world.Give(new SharedHeap(world.Arena));
        heap.Allocate(1 << 20);
        heap.Allocate(100_000);
        world.Stale = (nint)heap.Allocate(100);
        return heap;
    }

    private static LeakTracker OfTracker(World world)
    {
        OfMap(world);
        var tracker = world.Give(LeakTracker.Attach(world.Arena));
        world.Give(new[] { tracker });
        OfPool(world);
        OfHeap(world);
        world.Arena.Allocate(1);
        return tracker;
    }

    private static TrackedBreakdown OfParts(World world)
    {
        var tracker = OfTracker(world);
        world.Owner = tracker;
        world.Give(0);
        var parts = TrackedBreakdown.ByTag(tracker);
        parts.Read([]);
        return parts;
    }

    private static MemorySampler OfSampler(World world)
    {
        OfTracker(world);
        var options = world.Give(new MemorySamplerOptions
        {
            Interval = TimeSpan.FromTicks(1),
            FilePath = world.NewFile(),
            Sites = TrackedBreakdown.BySite(LeakTracker.Attach(world.Arena)),
        });
        var sampler = world.Give(new MemorySampler(world.Arena, options));
        sampler.Sample();
        world.Give(new MemorySamplerOptions());
        return sampler;
    }

    private static CaptureWriter OfCapture(World world)
    {
        var capture = CaptureWriter.Start(world.NewFile(), OfTracker(world));
        return world.Give(capture);
    }

    private static AllocationTraceRecorder OfRecorder(World world)
    {
        var recorder = AllocationTraceRecorder.Attach(world.Arena, world.NewFile());
        OfHeap(world);
        return world.Give(recorder);
    }

    private static ArenaMetrics OfMetrics(World world)
    {
        OfTracker(world);
        var options = world.Give(new ArenaMetricsOptions
        {
            Interval = TimeSpan.FromTicks(1),
            CountsAllocations = true,
        });
        return world.Give(ArenaMetrics.Observe(world.Arena, options));
    }
}
