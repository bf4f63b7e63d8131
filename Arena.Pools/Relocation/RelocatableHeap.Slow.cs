using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The slow paths: places for allocations, observers, and invalid calls.
public sealed unsafe partial class RelocatableHeap
{
    // The header of a large allocation: 8 unused bytes, the length of the block, the length of the contents, a block's
    // header.
    private const int LargeHeaderBytes = 32;

    internal override void ObserversChanged()
    {
        _guard.ChecksAll = ChecksThreads;
        Reopen();
    }

    internal override void Undo(void* address, nuint byteCount) => GiveBack(RelocatableBlock.At(address));

    /// <summary>Notifies observers that an allocation has moved.</summary>
    internal Exception? NotifyRelocated(RelocatableBlock* from, RelocatableBlock* to) => IsObserved
        ? NotifyRelocated(RelocatableBlock.Contents(from), RelocatableBlock.Contents(to), to->SmallLength)
        : null;

    [DoesNotReturn]
    internal void ThrowOverwritten(RelocatableBlock* block) => throw Arena.NotifyFailed(new InvalidOperationException(
        $"{Label} in arena '{Arena.Name}': the 8 bytes in front of 0x{(nuint)RelocatableBlock.Contents(block):x} were "
        + "overwritten. Something wrote beyond the end of the allocation before it, or in front of this one; nothing "
        + "was moved or freed there."));

    internal override void Reopen()
    {
        if (_table is null || IsDisposed)
            return;
        _rows = _table.Rows;
        _rowCount = (nuint)_table.GroupCount;
        _rowCountOfFree = IsObserved || _guard.KeepsClosed ? 0 : _rowCount;
    }

    private bool TryAllocate(nuint byteCount, out RelocatableHandle handle, out string? why, in SourceLine caller)
    {
        handle = default;
        using var call = CallIfClosed();
        ThrowIfDisposed();
        if ((why = WhyRefused(byteCount)) is not null)
            return false;
        var index = _table.FindFree(out why);
        if (_rows != _table.Rows || _rowCount != (nuint)_table.GroupCount)
            Reopen();
        if (index == RelocationTable.NoIndex)
            return false;
        var block = TakePlace(byteCount, index, out why);
        if (block == null)
            return false;
        handle = _table.Begin(index, block, _number);
        _liveBytes += byteCount;
        if (IsObserved)
        {
            FillIfGuarded(block, GuardPattern.Fresh);
            NotifyAllocated(RelocatableBlock.Contents(block), byteCount, in caller);
        }
        return true;
    }

    // Takes a place and writes its header; no handle leads to it yet.
    private RelocatableBlock* TakePlace(nuint byteCount, uint index, out string? why)
    {
        why = null;
        if (byteCount <= (nuint)(_space.MostGranules * RelocatableBlock.GranuleBytes) - RelocatableBlock.HeaderBytes)
        {
            var block = _space.Take(RelocatableBlock.Granules((uint)byteCount), out why);
            if (block != null)
            {
                block->Begin(index, (uint)byteCount, isTable: false);
                return block;
            }
        }
        var large = TakeLarge(byteCount, index, out var whyLarge);
        // The remaining pages may be too few for a segment.
        why = large == null ? why ?? whyLarge : null;
        return large;
    }

    private RelocatableBlock* TakeLarge(nuint byteCount, uint index, out string? why)
    {
        var most = nuint.MaxValue - LargeHeaderBytes;
        why = Arena.Lend(
            byteCount > most ? byteCount : byteCount + LargeHeaderBytes, 0, OwnerToken, out var lent);
        if (why is not null)
            return null;
        var block = RelocatableBlock.At((byte*)lent.Address + LargeHeaderBytes);
        RelocatableBlock.BeginLarge(block, index, byteCount, lent.ByteCount);
        _largeBytes += lent.ByteCount;
        return block;
    }

    private void GiveBack(RelocatableBlock* block)
    {
        _liveBytes -= RelocatableBlock.Length(block);
        _table.End(block->Index);
        LeavePlace(block);
    }

    private void LeavePlace(RelocatableBlock* block)
    {
        if (!block->IsLarge)
        {
            _space.Free(block);
            return;
        }
        var lent = LentBlock(block);
        _largeBytes -= lent.ByteCount;
        Arena.TakeBack(lent, OwnerToken);
    }

    private static Block LentBlock(RelocatableBlock* block) =>
        new(RelocatableBlock.Contents(block) - LargeHeaderBytes, RelocatableBlock.LentBytes(block));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(RelocatableHandle handle)
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        var block = Find(handle);
        if (block == null)
            throw FreeRefused(handle, WhyNotLive(handle));
        if (block->Pins != 0)
        {
            throw FreeRefused(
                handle, $"it is pinned {block->Pins} times. Dispose what Pin returned, and free it then");
        }
        if (!_table.Knows(block))
            ThrowOverwritten(block);
        var failure = NotifyFreed(RelocatableBlock.Contents(block), RelocatableBlock.Length(block));
        FillIfGuarded(block, GuardPattern.Freed);
        GiveBack(block);
        Throw.If(failure);
    }

    // Looks a handle up whose group may lack entries.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RelocatableBlock* FindInGroup(RelocatableHandle handle)
    {
        if (handle.Number != _number || handle.Index / HandleGroup.Count >= _rowCount)
            return null;
        ref var group = ref _table.Groups[handle.Index / HandleGroup.Count];
        var number = (int)(handle.Index % HandleGroup.Count);
        if ((group.Live >> number & 1) == 0)
            return null;
        var entry = *group.EntryOf(number);
        return entry >> HandleGroup.PlaceBits == handle.Generation
            ? (RelocatableBlock*)(_origin + (entry & (HandleGroup.LargeBit - 1)) * RelocatableBlock.GranuleBytes)
            : null;
    }

    private RelocatableBlock* FindLive(RelocatableHandle handle)
    {
        var block = Find(handle);
        if (block == null)
            ThrowNotLive(handle);
        return block;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Span<byte> SpanOfLarge(RelocatableHandle handle)
    {
        var block = FindLive(handle);
        var length = RelocatableBlock.Length(block);
        if (length > int.MaxValue)
        {
            throw new InvalidOperationException(
                $"{Label} in arena '{Arena.Name}': {handle} has {length} bytes, more than one span can show; ask for a "
                + "part of it by Span(handle, start, length).");
        }
        return new Span<byte>(RelocatableBlock.Contents(block), (int)length);
    }

    [DoesNotReturn]
    private void ThrowNotLive(RelocatableHandle handle)
    {
        ThrowIfDisposed();
        throw Arena.NotifyFailed(new InvalidOperationException(
            $"{Label} in arena '{Arena.Name}': {handle} does not resolve: {WhyNotLive(handle)}. Use Contains where "
            + "that may happen."));
    }

    private string WhyNotLive(RelocatableHandle handle) =>
        handle.IsNone ? "the handle is none"
        : handle.Number != _number ? $"it is of another heap, and this is heap {_number}"
        : handle.Index / HandleGroup.Count >= _rowCount ? "this heap never gave it out"
        : "its allocation was freed";

    private InvalidFreeException FreeRefused(RelocatableHandle handle, string why) => Arena.NotifyFailed(
        new InvalidFreeException($"{Label} in arena '{Arena.Name}' cannot free {handle}: {why}.", 0));

    [DoesNotReturn]
    private void ThrowTooManyPins(RelocatableHandle handle) => throw Arena.NotifyFailed(new InvalidOperationException(
        $"{Label} in arena '{Arena.Name}': {handle} has {RelocatableBlock.MostPins} pins, the most that it can have; "
        + "dispose some."));
}
