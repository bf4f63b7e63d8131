namespace Arena.Diagnostics;

/// <summary>
/// Things by the numbers that a file gives them. A number that was not explained yet has an unknown thing.
/// </summary>
internal sealed class Numbered<T>(Func<T> makeUnknown)
{
    // Numbers go up one by one, and a lost chunk explained no more than this: a forged one is not to fill the memory.
    private const int LargestGap = 1 << 16;

    private readonly List<T> _things = [];

    /// <summary>All up to the highest number that was met.</summary>
    public IReadOnlyList<T> Known => _things;

    public T this[int number]
    {
        get
        {
            MakeRoom(number);
            return _things[number];
        }
        set
        {
            MakeRoom(number);
            _things[number] = value;
        }
    }

    private void MakeRoom(int number)
    {
        if (number >= _things.Count + LargestGap)
            throw new InvalidDataException("a number is too large");
        while (_things.Count <= number)
            _things.Add(makeUnknown());
    }
}
