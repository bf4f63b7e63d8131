using System.Numerics;

namespace Arena.Pools;

/// <summary>A set of small numbers that knows its lowest one. It grows as needed.</summary>
internal sealed class GroupSet : IKeepsState
{
    private ulong[] _words = new ulong[1];

    // No word before this one has a bit.
    private int _lowestWord;

    public void Add(int number)
    {
        var word = number >> 6;
        if (word >= _words.Length)
            Array.Resize(ref _words, Math.Max(word + 1, 2 * _words.Length));
        _words[word] |= 1UL << number;
        _lowestWord = Math.Min(_lowestWord, word);
    }

    public void Remove(int number)
    {
        var word = number >> 6;
        if (word < _words.Length)
            _words[word] &= ~(1UL << number);
    }

    /// <summary>Returns the lowest number, or -1.</summary>
    public int Lowest()
    {
        while (_words[_lowestWord] == 0)
        {
            if (_lowestWord + 1 == _words.Length)
                return -1;
            _lowestWord++;
        }
        return (_lowestWord << 6) + BitOperations.TrailingZeroCount(_words[_lowestWord]);
    }

    /// <summary>Returns whether it has exactly the numbers below a count for which something is true.</summary>
    public bool Consists(int count, Predicate<int> isIn)
    {
        if ((uint)_lowestWord >= (uint)_words.Length || _words.AsSpan(0, _lowestWord).ContainsAnyExcept(0ul))
            return false;
        for (var number = 0; number < Math.Max(count, _words.Length << 6); number++)
        {
            if (Has(number) != (number < count && isIn(number)))
                return false;
        }
        return true;
    }

    /// <summary>Returns whether something is true for all of its numbers, which lie below a count.</summary>
    public bool IsWithin(int count, Predicate<int> isIn) =>
        Consists(count, number => Has(number) && isIn(number));

    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        state.Keep(ref _words, _words.Length);
        _lowestWord = state.Keep(_lowestWord);
    }

    private bool Has(int number) => number >> 6 < _words.Length && (_words[number >> 6] >> number & 1) != 0;
}
