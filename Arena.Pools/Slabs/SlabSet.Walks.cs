namespace Arena.Pools;

// What a pool's walks remember of its slabs. It is here and not in the pool, whose fast paths want short offsets of
// fields.
internal sealed unsafe partial class SlabSet
{
    private const int MostLooks = 16;

    // The word at which a walk looked again, and how often.
    private ulong* _lookedAt;
    private int _looks;

    /// <summary>
    /// Counts that a walk looks again before a word, and returns whether it did so too often. A closed fast path makes
    /// the next call of the walk's body slow, and the walk look again after it. Where much changes in one word, the
    /// path stays open, and the walk looks again at every step.
    /// </summary>
    public bool LooksOften(ulong* next)
    {
        _looks = next == _lookedAt ? _looks + 1 : 1;
        _lookedAt = next;
        return _looks > MostLooks;
    }
}
