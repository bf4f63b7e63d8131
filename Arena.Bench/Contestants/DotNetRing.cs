namespace Arena.Bench.Contestants;

internal readonly struct DotNetRing() : IRing
{
    private readonly Queue<int> _queue = new();

    public void Enqueue(int value) => _queue.Enqueue(value);

    public int Dequeue()
    {
        _queue.TryDequeue(out var value);
        return value;
    }

    public void Dispose()
    {
    }
}
