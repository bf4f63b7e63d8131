using System.Numerics;

namespace Arena.Pools;

// Checks the options, and chooses the size of a slab if they do not.
public sealed unsafe partial class Pool<T>
{
    // One slab is large enough for most pools: then one comparison distinguishes its slots from all other addresses.
    // Such a slab is mostly addresses, so it may be generous. But pools together never take more than half of the
    // arena's addresses in this way; thereafter they take small slabs.
    private const int UsualSlots = 1 << 20;
    private const ulong UsualSparseBytes = 64 << 20;
    private const ulong SlabsInHalf = 256;
    private const ulong LargestSparseStride = 4096;
    private const ulong LargeSlabBytes = 1 << 20;

    private void CheckOptions()
    {
        var slabBytes = _options.SlabBytes;
        PoolOptions.Require(Label, slabBytes is >= 0 and <= SlabGeometry.MaximumSlabBytes,
            nameof(PoolOptions.SlabBytes), slabBytes, $"0 to {SlabGeometry.MaximumSlabBytes}");
        _options.Check(Label);
    }

    // Returns a slab of the requested size, or a small one that has its storage at once.
    private SlabGeometry WholeGeometry(int maximumSlots, in SlotZones zones)
    {
        var alignment = zones.Alignment;
        var slabBytes = _options.SlabBytes != 0
            ? Align.Up((nuint)_options.SlabBytes + RoomFor(in zones), Arena.OsPageBytes)
            : WholeBytes((ulong)Align.Up((nuint)(sizeof(T) + zones.Front + zones.Behind), (nuint)alignment));
        return new SlabGeometry(sizeof(T), alignment, (int)slabBytes, maximumSlots, isSparse: false, zones: in zones);
    }

    // Takes a large sparse slab of the same slots, if the options give no size and the arena has the addresses.
    private SlabSet? TryClaimSparse(in SlabGeometry whole, int maximumSlots, in SlotZones zones)
    {
        var stride = (ulong)whole.Layout.StrideBytes;
        if (_options.SlabBytes != 0 || stride > LargestSparseStride)
            return null;
        var slabBytes = SparseBytes(stride, maximumSlots);
        if (slabBytes < 4 * (ulong)whole.Layout.SlabBytes)
            return null;
        var headerAlignment = Arena.SharesPages ? (int)Arena.OsPageBytes : 1;
        var sparse = new SlabGeometry(
            sizeof(T), zones.Alignment, (int)slabBytes, maximumSlots, isSparse: true, headerAlignment, in zones);
        var slabs = new SlabSet(this, sparse, maximumSlots, _listener);
        return slabs.TryClaim() ? slabs : null;
    }

    // Returns the bytes of a slab of large elements: several elements if that is not excessive, and one of the largest.
    private nuint WholeBytes(ulong stride)
    {
        if (stride <= 256)
            return 64 << 10;
        var whole = stride <= 1 << 16
            ? Math.Max(256 << 10, BitOperations.RoundUpToPowerOf2(stride * 32))
            : Align.Up(
                (nuint)(HeaderRoom() + stride * Math.Clamp(LargeSlabBytes / stride, 1, 8)),
                Arena.OsPageBytes);
        if (whole <= SlabGeometry.MaximumSlabBytes)
            return (nuint)whole;
        throw new ArgumentException(
            $"{Label}: an element of {sizeof(T)} bytes is too large for a pool; use blocks of the arena.");
    }

    // One slot still fits if the size was just enough for one without zones.
    private static nuint RoomFor(in SlotZones zones) =>
        zones.Front == 0 ? 0 : (nuint)(2 * zones.Front + zones.Behind + SlotZones.LargestAlignment);

    // Returns room for the header: the first slot begins behind the bitmap, at its alignment.
    private ulong HeaderRoom() => Math.Max(512, (ulong)_options.AlignmentOf(sizeof(T)));

    private ulong SparseBytes(ulong stride, int maximumSlots)
    {
        var slots = (ulong)Math.Clamp(UsualSlots, _options.InitialSlots, maximumSlots);
        // Each slot has a bit, and the header needs some more.
        var wanted = BitOperations.RoundUpToPowerOf2(stride * slots + slots / 7 + 4096);
        var most = _options.InitialSlots > UsualSlots ? SlabGeometry.MaximumSlabBytes : UsualSparseBytes;
        var room = Math.Max(Arena.ReservedBytes / 2, Arena.KnownBytes) - Arena.KnownBytes;
        var share = Math.Min(room / SlabsInHalf, Arena.BudgetBytes);
        return Math.Min(Math.Min(wanted, most), BitOperations.RoundUpToPowerOf2(share + 1) / 2);
    }
}
