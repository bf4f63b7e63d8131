using System.Runtime.CompilerServices;

namespace Arena.Pools;

public sealed unsafe partial class RelocatableHeap
{
    /// <summary>
    /// Resizes an allocation, in place if possible. The handle stays the same, and so do the contents up to the smaller
    /// size.
    /// </summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <param name="byteCount">Bytes; 0 is an empty allocation, not a free.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">
    /// It is none, stale or of another heap, or it is pinned; nothing was changed.
    /// </exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory for the new size; the allocation is unchanged.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void Resize(
        RelocatableHandle handle, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (WhyNotResized(handle, byteCount, new SourceLine(file, line, member)) is { } why)
            Throw.OutOfMemory(this, byteCount, why);
    }

    /// <summary>Resizes like <see cref="Resize"/>, but returns false if there is no memory.</summary>
    /// <param name="handle">A live handle of this heap.</param>
    /// <param name="byteCount">Bytes.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidOperationException">
    /// It is none, stale or of another heap, or it is pinned; nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool TryResize(
        RelocatableHandle handle, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        WhyNotResized(handle, byteCount, new SourceLine(file, line, member)) is null;

    private string? WhyNotResized(RelocatableHandle handle, nuint byteCount, in SourceLine caller)
    {
        using var call = CallIfClosed();
        var block = FindLive(handle);
        if (block->Pins != 0)
        {
            throw Arena.NotifyFailed(new InvalidOperationException(
                $"{Label} in arena '{Arena.Name}' cannot resize {handle}: it is pinned {block->Pins} times. Dispose "
                + "what Pin returned, and resize it then."));
        }
        if (!_table.Knows(block))
            ThrowOverwritten(block);
        var oldBytes = RelocatableBlock.Length(block);
        if (oldBytes == byteCount)
            return null;
        if (WhyGrowthRefused(oldBytes, byteCount) is { } refused)
            return refused;
        return TryResizeInPlace(block, byteCount)
            ? Resized(block, oldBytes, byteCount, in caller)
            : Move(block, oldBytes, byteCount, in caller);
    }

    private bool TryResizeInPlace(RelocatableBlock* block, nuint byteCount)
    {
        if (block->IsLarge)
            return TryResizeLarge(block, byteCount);
        if (byteCount > (nuint)(_space.MostGranules * RelocatableBlock.GranuleBytes) - RelocatableBlock.HeaderBytes)
            return false;
        if (byteCount > block->SmallLength)
            return _space.TryExtend(block, (uint)byteCount);
        _space.Shrink(block, (uint)byteCount);
        return true;
    }

    // Resizes a large allocation; one that becomes small enough for a segment moves there.
    private bool TryResizeLarge(RelocatableBlock* block, nuint byteCount)
    {
        var isSmall = byteCount < (nuint)(_space.MostGranules * RelocatableBlock.GranuleBytes);
        var lent = LentBlock(block);
        if (isSmall || byteCount > nuint.MaxValue - LargeHeaderBytes
            || !Arena.TryResize(lent, OwnerToken, byteCount + LargeHeaderBytes, out var resized))
            return false;
        _largeBytes = _largeBytes - lent.ByteCount + resized.ByteCount;
        RelocatableBlock.LentBytes(block) = resized.ByteCount;
        RelocatableBlock.SetLargeLength(block, byteCount);
        return true;
    }

    private string? Resized(RelocatableBlock* block, nuint oldBytes, nuint byteCount, in SourceLine caller)
    {
        _liveBytes = _liveBytes - oldBytes + byteCount;
        if (!IsObserved)
            return null;
        var contents = RelocatableBlock.Contents(block);
        var failure = NotifyResized(contents, oldBytes, contents, byteCount, in caller);
        if (failure is not null)
        {
            // The memory that it grew into, or left, is still behind it.
            TryResizeInPlace(block, oldBytes);
            _liveBytes = _liveBytes - byteCount + oldBytes;
            Throw.If(failure);
        }
        return null;
    }

    private string? Move(RelocatableBlock* block, nuint oldBytes, nuint byteCount, in SourceLine caller)
    {
        var moved = TakePlace(byteCount, block->Index, out var why);
        if (moved == null)
        {
            // Moving would only have saved memory, so a smaller size never fails.
            if (byteCount > oldBytes)
                return why;
            RelocatableBlock.SetLargeLength(block, byteCount);
            return Resized(block, oldBytes, byteCount, in caller);
        }
        var from = RelocatableBlock.Contents(block);
        var to = RelocatableBlock.Contents(moved);
        var kept = Math.Min(oldBytes, byteCount);
        Buffer.MemoryCopy(from, to, kept, kept);
        if (IsObserved && NotifyResized(from, oldBytes, to, byteCount, in caller) is { } failure)
        {
            LeavePlace(moved);
            Throw.If(failure);
        }
        _liveBytes = _liveBytes - oldBytes + byteCount;
        _table.Move(moved);
        LeavePlace(block);
        return null;
    }
}
