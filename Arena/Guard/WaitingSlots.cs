namespace Arena;

/// <summary>
/// The slots of a pool that are in quarantine, as bits beside those of its slabs: a walk leaves them out word by word
/// and reads no slot.
/// </summary>
internal sealed class WaitingSlots
{
    private readonly Dictionary<nuint, ulong[]> _slabs = [];
    private nuint _lastSlab;
    private ulong[] _lastWords = [];

    /// <summary>The bits of one word.</summary>
    public ulong this[nuint slab, int word]
    {
        get
        {
            var words = WordsOf(slab);
            return (uint)word < (uint)words.Length ? words[word] : 0;
        }
    }

    /// <summary>Adds a slot, in a slab with this number of words.</summary>
    public void Add(nuint slab, int wordCount, int word, ulong bit)
    {
        var words = WordsOf(slab);
        if (words.Length < wordCount)
        {
            Array.Resize(ref words, wordCount);
            _slabs[slab] = words;
            (_lastSlab, _lastWords) = (slab, words);
        }
        words[word] |= bit;
    }

    /// <summary>Removes a slot.</summary>
    public void Remove(nuint slab, int word, ulong bit)
    {
        var words = WordsOf(slab);
        if ((uint)word < (uint)words.Length)
            words[word] &= ~bit;
    }

    // Most pools have one slab.
    private ulong[] WordsOf(nuint slab)
    {
        if (slab == _lastSlab)
            return _lastWords;
        _lastSlab = slab;
        return _lastWords = _slabs.TryGetValue(slab, out var words) ? words : [];
    }
}
