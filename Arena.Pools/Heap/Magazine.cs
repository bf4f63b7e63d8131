namespace Arena.Pools;

/// <summary>
/// A class's bounded stack of free slots, last freed first handed out, and the list of its slabs with free slots:
/// <code>
/// | count, capacity | slabs with free slots | bytes of slabs, bytes of empty ones | entry 0 | entry 1 | ...
/// </code>
/// An entry is only a hint: its slot's live bit is clear, so entries may be forgotten at any time as long as their
/// slab is listed. Slabs are searched only when the stack is empty; so no slot can be in it twice.
/// </summary>
internal unsafe struct Magazine
{
    public const int Bytes = 4096;
    public const int LeastCapacity = 2;
    public const int MostCapacity = 32;

    public int Count;
    public int Capacity;
    public HeapSlab* Available;
    public nuint SlabBytes;
    public nuint EmptyBytes;

    /// <summary>Bytes from one magazine to the next: whole cache lines.</summary>
    public static int StrideBytes(int capacity) => (sizeof(Magazine) + capacity * sizeof(Entry) + 63) / 64 * 64;

    public static Entry* Entries(Magazine* magazine) => (Entry*)(magazine + 1);

    /// <summary>A free slot, and its live bit: the word's address, the bit's number in the top six bits.</summary>
    public struct Entry
    {
        private const int BitShift = 58;

        public void* Slot;
        public ulong Place;

        public readonly ulong* Word => (ulong*)(Place & ((1UL << BitShift) - 1));

        public readonly ulong Bit => 1UL << (int)(Place >> BitShift);

        public static ulong PlaceOf(ulong* word, int bit) => (ulong)word | (ulong)bit << BitShift;
    }
}
