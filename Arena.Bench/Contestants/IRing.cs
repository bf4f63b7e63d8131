namespace Arena.Bench.Contestants;

/// <summary>A queue of ints, as the loop uses it.</summary>
internal interface IRing : IDisposable
{
    void Enqueue(int value);

    int Dequeue();
}
