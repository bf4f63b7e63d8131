namespace Arena.Diagnostics;

/// <summary>
/// Keeps things by the numbers that a file gives them. A thing is made when its number first occurs, explained or not,
/// and none for the numbers in between, so the memory of a reader is in proportion to the file.
/// </summary>
internal sealed class NumberTable<T>(Func<int, T> make)
{
    private readonly Dictionary<int, T> _things = [];

    /// <summary>All things whose numbers occurred, in the order of their numbers.</summary>
    public IEnumerable<T> Known => _things.OrderBy(each => each.Key).Select(each => each.Value);

    public T this[int number]
    {
        get
        {
            if (!_things.TryGetValue(number, out var thing))
                _things.Add(number, thing = make(number));
            return thing;
        }
        set => _things[number] = value;
    }

    /// <summary>Returns the thing, without keeping one for a number that did not occur.</summary>
    public T Find(int number) => _things.TryGetValue(number, out var thing) ? thing : make(number);
}
