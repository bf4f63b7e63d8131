using Arena;
using Arena.Collections;
using Arena.Pools;

namespace SurfaceChild;

/// <summary>Stale copies of containers, and changes during a walk: seen where checks are on, and only there.</summary>
internal sealed class ChecksRun(bool isOn)
{
    private readonly Log _log = new();

    public int Play()
    {
        using var arena = new PageArena("checks");
        var heap = new Heap(arena);
        LookAtCopies(heap);
        LookAtWalks(heap);
        LookAtFrames(arena);
        return _log.End();
    }

    private void LookAtCopies(Heap heap)
    {
        var list = new NativeList<int>(heap, 4);
        list.Add(1);
        var copy = list;
        Expect<ObjectDisposedException>(false, "list before", () => copy[0]++);
        list.Dispose();
        // The memory is still there, or this process would end.
        Expect<ObjectDisposedException>(isOn, "list index", () => copy[0]++);
        Expect<ObjectDisposedException>(isOn, "list span", () => copy.AsSpan());
        Expect<ObjectDisposedException>(isOn, "list add", () => copy.Add(2));
        Expect<ObjectDisposedException>(isOn, "list walk", () => copy.GetEnumerator());

        var dictionary = new NativeDictionary<int, int>(heap, 4);
        dictionary.TryAdd(1, 1);
        var old = dictionary;
        dictionary.EnsureCapacity(100);
        Expect<ObjectDisposedException>(isOn, "dictionary", () => old.ContainsKey(1));
        Expect<ObjectDisposedException>(false, "dictionary that grew", () => dictionary.ContainsKey(1));
        var set = new NativeSparseSet<int>(heap, 4);
        set.Add(1, 1);
        var other = set;
        set.Dispose();
        Expect<ObjectDisposedException>(isOn, "sparse set", () => other.Contains(1));
    }

    private void LookAtWalks(Heap heap)
    {
        var list = new NativeList<int>(heap, 100);
        list.AddRange([1, 2, 3]);
        Expect<InvalidOperationException>(isOn, "list changed", () =>
        {
            foreach (ref var item in list)
                list.Add(item);
        });
        Expect<InvalidOperationException>(false, "list not changed", () =>
        {
            foreach (ref var item in list)
                item++;
        });
        var dictionary = new NativeDictionary<int, int>(heap, 100);
        dictionary.TryAdd(1, 1);
        Expect<InvalidOperationException>(isOn, "dictionary changed", () =>
        {
            foreach (var pair in dictionary)
                dictionary.TryAdd(pair.Key + 1, 1);
        });
        Expect<InvalidOperationException>(false, "values written", () =>
        {
            foreach (var pair in dictionary)
                pair.Value++;
        });
        var queue = new NativeQueue<int>(heap, 10);
        queue.Enqueue(1);
        Expect<InvalidOperationException>(isOn, "queue disposed", () =>
        {
            foreach (var item in queue)
                queue.Dispose();
        });
    }

    private void LookAtFrames(PageArena arena)
    {
        var frames = new FrameAllocator(arena, buffers: 2);
        var list = new NativeList<int>(frames, 4);
        list.Add(1);
        var set = new NativeHashSet<int>(frames, 4);
        frames.NextFrame();
        Expect<ObjectDisposedException>(false, "list of the last frame, which is valid", () => list[0]++);
        frames.NextFrame();
        Expect<ObjectDisposedException>(isOn, "list beyond its frame", () => list[0]++);
        Expect<ObjectDisposedException>(isOn, "set beyond its frame", () => set.Contains(1));
        Expect<ObjectDisposedException>(true, "list that grows beyond its frame", () => list.EnsureCapacity(100));
        Expect<ObjectDisposedException>(false, "list that is disposed beyond its frame", () => list.Dispose());
    }

    private void Expect<TException>(bool throws, string what, Action action)
        where TException : Exception
    {
        _log.Calling(what);
        Exception? thrown = null;
        try
        {
            action();
        }
        catch (Exception e)
        {
            thrown = e;
        }
        if (throws ? thrown is not TException : thrown is not null)
            _log.Found($"{what}: {thrown?.ToString() ?? "nothing was thrown"}");
    }
}
