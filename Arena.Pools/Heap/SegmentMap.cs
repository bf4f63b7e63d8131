using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// The segments of one allocator: takes frames from the arena and gives them back, and finds the segment of an address
/// whoever of the allocator's threads it belongs to.
/// </summary>
internal sealed unsafe class SegmentMap
{
    private const int SmallestFrameShift = 16;
    private const int LargestFrameShift = 21;

    // An arena is at least so many frames.
    private const nuint FewestFrames = 4;

    private readonly Allocator _owner;
    private nint[] _frames = new nint[16];

    public SegmentMap(Allocator owner)
    {
        _owner = owner;
        var largest = Math.Max(1, owner.Arena.ReservedBytes / FewestFrames);
        FrameShift = Math.Clamp(BitOperations.Log2(largest), SmallestFrameShift, LargestFrameShift);
        FrameBytes = (nuint)1 << FrameShift;
    }

    public nuint FrameBytes { get; }

    public int FrameShift { get; }

    private PageArena Arena => _owner.Arena;

    /// <summary>The segment of an address, or null.</summary>
    public Segment* Find(void* address)
    {
        var frame = FrameOf(address);
        return frame < (nuint)_frames.Length ? (Segment*)_frames[frame] : null;
    }

    /// <summary>Takes an empty segment, of which no more is committed than its description; null, or why not.</summary>
    public string? Take(out Segment* segment)
    {
        segment = null;
        if (Arena.LendAddresses(FrameBytes, FrameBytes, _owner.OwnerToken, out var block) is { } noAddresses)
            return noAddresses;
        var headerBytes = PageMap.RoundUp((nuint)sizeof(Segment), PageArena.PageBytes);
        if (Arena.Commit(block.Address, headerBytes, _owner.OwnerToken, out _) is { } why)
        {
            Arena.TakeBack(block, _owner.OwnerToken);
            return why;
        }
        segment = (Segment*)block.Address;
        Segment.Format(segment, (int)FrameBytes, (int)headerBytes / Segment.PageBytes);
        var frame = FrameOf(segment);
        if (frame >= (nuint)_frames.Length)
            Array.Resize(ref _frames, (int)Math.Max(frame + 1, 2 * (nuint)_frames.Length));
        _frames[frame] = (nint)segment;
        return null;
    }

    /// <summary>Gives an empty segment back to the arena, and its storage to the OS.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint Remove(Segment* segment)
    {
        _frames[FrameOf(segment)] = 0;
        return Arena.TakeBack(new Block(segment, FrameBytes), _owner.OwnerToken, decommit: true);
    }

    /// <summary>Gives every block of the allocator back to the arena.</summary>
    public void GiveBackAll()
    {
        Array.Clear(_frames);
        for (nuint from = 0; Arena.NextBlock(_owner.OwnerToken, from, out var block);)
        {
            from = (nuint)block.Address - (nuint)Arena.Base + block.ByteCount;
            Arena.TakeBack(block, _owner.OwnerToken);
        }
    }

    // Beyond every frame for an address that lies before the arena.
    private nuint FrameOf(void* address) => unchecked((nuint)address - (nuint)Arena.Base) >> FrameShift;
}
