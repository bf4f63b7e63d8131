using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// Computes a checksum of an arena's live allocations: a sum over all of them of a hash of the place, which is counted
/// from the arena's first address, and of the bytes. A word that is an address inside the arena is counted in the same
/// way, so that two machines whose arenas have other addresses agree.
/// </summary>
internal sealed unsafe class LiveHash(PageArena arena, bool takesAddressesAsTheyAre) : IMemoryVisitor
{
    private const ulong First = 0x9E37_79B9_7F4A_7C15;
    private const ulong Second = 0xC2B2_AE3D_27D4_EB4F;
    private const int Lanes = 4;

    private readonly nuint _base = (nuint)arena.Base;

    // No word is below 0.
    private readonly nuint _addresses = takesAddressesAsTheyAre ? 0 : arena.ReservedBytes;
    private nuint _offset;

    /// <summary>The checksum of everything that was added.</summary>
    public ulong Sum { get; private set; }

    public void Clear() => Sum = 0;

    public void Add(Allocator allocator)
    {
        _offset = allocator.ValueOffset;
        allocator.Walk(this);
        _offset = 0;
        allocator.WalkElsewhere(this);
    }

    public void Block(in BlockPicture block)
    {
    }

    public void Live(nuint address, nuint byteCount)
    {
        address += _offset;
        byteCount -= _offset;
        unchecked
        {
            var place = (ulong)(address - _base) * First;
            Sum += Mix(place ^ Of((byte*)address, byteCount) ^ byteCount * Second);
        }
    }

    private ulong Of(byte* bytes, nuint byteCount)
    {
        ulong a = 1, b = 2, c = 3, d = 4;
        var end = bytes + byteCount;
        for (; end - bytes >= Lanes * sizeof(ulong); bytes += Lanes * sizeof(ulong))
        {
            a = Step(a, Word(bytes));
            b = Step(b, Word(bytes + 8));
            c = Step(c, Word(bytes + 16));
            d = Step(d, Word(bytes + 24));
        }
        for (; end - bytes >= sizeof(ulong); bytes += sizeof(ulong))
            a = Step(a, Word(bytes));
        for (; bytes < end; bytes++)
            b = Step(b, *bytes);
        return Step(Step(Step(a, b), c), d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Word(byte* at)
    {
        var word = Unsafe.ReadUnaligned<ulong>(at);
        var offset = unchecked(word - _base);
        return offset < _addresses ? offset : word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Step(ulong hash, ulong word) =>
        unchecked(BitOperations.RotateLeft(hash ^ word * Second, 29) * First);

    private static ulong Mix(ulong hash)
    {
        unchecked
        {
            hash = (hash ^ hash >> 32) * Second;
            return hash ^ hash >> 29;
        }
    }
}
