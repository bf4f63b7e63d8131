namespace Arena.Diagnostics;

/// <summary>
/// Keeps things by the numbers that a file gives them. A thing is made when its number is met first, explained or not,
/// and nothing is made for the numbers in between: what a file makes a reader keep follows what is written in it.
/// </summary>
internal sealed class Numbered<T>(Func<int, T> make)
{
    private readonly Dictionary<int, T> _things = [];

    /// <summary>All whose numbers were met, in the order of their numbers.</summary>
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

    /// <summary>The thing, without keeping one for a number that was not met.</summary>
    public T Find(int number) => _things.TryGetValue(number, out var thing) ? thing : make(number);
}
