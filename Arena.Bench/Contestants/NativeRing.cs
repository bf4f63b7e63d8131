using Arena.Collections;

namespace Arena.Bench.Contestants;

internal struct NativeRing(AllocatorHandle allocator) : IRing
{
    private NativeQueue<int> _queue = new(allocator);

    public void Enqueue(int value) => _queue.Enqueue(value);

    public int Dequeue()
    {
        _queue.TryDequeue(out var value);
        return value;
    }

    public void Dispose() => _queue.Dispose();
}
