using Arena;
using Arena.Collections;
using Arena.Pools;

namespace DiagnosticsChild;

/// <summary>Memory of some kind that is misused, with lines of its own for each call.</summary>
internal abstract unsafe class Victim
{
    private const string Allocating = "Ship.cs";
    private const string Freeing = "Wreck.cs";

    public const int ByteCount = 64;

    public static Victim Make(string kind, PageArena arena) => kind switch
    {
        "heap" => new OfAnySize(new Heap(arena, "level")),
        "shared heap" => new OfAnySize(new SharedHeap(arena, "level")),
        "buddy" => new OfAnySize(new BuddyAllocator(arena, 1 << 24, name: "level")),
        "pool" => new OfPool(new Pool<Cells>(arena)),
        "shared pool" => new OfSharedPool(new SharedPool<Cells>(arena)),
        "map" => new OfMap(new HandleMap<Cells>(arena)),
        "frame" => new OfFrame(new FrameAllocator(arena)),
        "list" => new OfList(new Heap(arena, "level")),
        "queue" => new OfQueue(new Heap(arena, "level")),
        _ => throw new ArgumentException(kind, nameof(kind)),
    };

    public abstract byte* Allocate(string file = Allocating, int line = 41, string member = "Fire");

    public abstract void Free(byte* address, string file = Freeing, int line = 88, string member = "Sink");

    public virtual void Resize(byte* address) => throw new NotSupportedException();

    public virtual void Clear() => throw new NotSupportedException();

    public virtual void Trim() => throw new NotSupportedException();

    public virtual void NextFrame() => throw new NotSupportedException();

    public struct Cells
    {
        public fixed byte Bytes[64];
    }

    private sealed class OfAnySize(GeneralAllocator allocator) : Victim
    {
        public override byte* Allocate(string file, int line, string member) =>
            (byte*)allocator.Allocate(64, 16, file, line, member);

        public override void Free(byte* address, string file, int line, string member) =>
            allocator.Free(address, file, line, member);

        public override void Resize(byte* address) => allocator.Reallocate(address, 5_000, Freeing, 88, "Sink");

        public override void Clear() => ((Heap)allocator).Clear();

        public override void Trim()
        {
            if (allocator is Heap heap)
                heap.Trim();
            else
                ((SharedHeap)allocator).Trim();
        }
    }

    private sealed class OfPool(Pool<Cells> pool) : Victim
    {
        public override byte* Allocate(string file, int line, string member) =>
            (byte*)pool.Allocate(file, line, member);

        public override void Free(byte* address, string file, int line, string member) =>
            pool.Free((Cells*)address, file, line, member);

        public override void Clear() => pool.Clear();

        public override void Trim() => pool.Trim();
    }

    private sealed class OfSharedPool(SharedPool<Cells> pool) : Victim
    {
        public override byte* Allocate(string file, int line, string member) =>
            (byte*)pool.Allocate(file, line, member);

        public override void Free(byte* address, string file, int line, string member) =>
            pool.Free((Cells*)address, file, line, member);
    }

    private sealed class OfMap(HandleMap<Cells> map) : Victim
    {
        private readonly Dictionary<nint, Handle<Cells>> _handles = [];

        public override byte* Allocate(string file, int line, string member)
        {
            var handle = map.Allocate(default, file, line, member);
            map.TryGet(handle, out var value);
            _handles.TryAdd((nint)value, handle);
            return (byte*)value;
        }

        public override void Free(byte* address, string file, int line, string member)
        {
            if (!map.Free(_handles[(nint)address], file, line, member))
                throw new InvalidOperationException("stale");
        }

        public override void Clear() => map.Clear();

        public override void Trim() => map.Trim();
    }

    private sealed class OfFrame(FrameAllocator frames) : Victim
    {
        public override byte* Allocate(string file, int line, string member) => (byte*)frames.Allocate(64);

        public override void Free(byte* address, string file, int line, string member) =>
            throw new NotSupportedException();

        public override void NextFrame() => frames.NextFrame();
    }

    // The memory of a container, to which a pointer was kept.
    private sealed class OfList(Heap heap) : Victim
    {
        private readonly Dictionary<nint, NativeList<byte>> _lists = [];

        public override byte* Allocate(string file, int line, string member)
        {
            var list = new NativeList<byte>(heap, 64, file, line, member);
            list.Add(1);
            fixed (byte* first = list.AsSpan())
            {
                _lists.TryAdd((nint)first, list);
                return first;
            }
        }

        public override void Free(byte* address, string file, int line, string member)
        {
            var list = _lists[(nint)address];
            list.Dispose(file, line, member);
        }

        public override void Resize(byte* address)
        {
            var list = _lists[(nint)address];
            list.EnsureCapacity(5_000);
        }
    }

    private sealed class OfQueue(Heap heap) : Victim
    {
        private NativeQueue<long> _queue;

        public override byte* Allocate(string file, int line, string member)
        {
            var queue = new NativeQueue<long>(heap, 8, file, line, member);
            if (line == 41)
                _queue = queue;
            queue.Enqueue(1);
            foreach (ref var first in queue)
                return (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref first);
            return null;
        }

        public override void Free(byte* address, string file, int line, string member) =>
            _queue.Dispose(file, line, member);
    }
}
