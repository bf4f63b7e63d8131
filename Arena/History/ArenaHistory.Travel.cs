using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Arena;

// The steps of Save and Restore, in an order in which a failure changes nothing, and the refusals.
//
// Save: first the fields, into a buffer of their own; then the pages, into a list that is undone if memory runs out;
// then frames change places. Restore: the table of pages goes to the frame, which copies nothing and can be undone;
// pages get the storage that they need, which is the only step that can fail; then younger allocators end, and tables,
// pages and fields follow.
public sealed unsafe partial class ArenaHistory
{
    private const int MostFrames = 1 << 20;
    private const int FirstFrames = 16;

    private static void CheckCanGoBack(Allocator allocator)
    {
        if (allocator.WhyNoHistory is { } why)
        {
            throw new InvalidOperationException(
                $"{allocator.Label} in arena '{allocator.Arena.Name}' cannot go back in time: {why}.");
        }
    }

    private static void CheckAllCanGoBack(PageArena arena)
    {
        foreach (var allocator in arena.Allocators())
            CheckCanGoBack(allocator);
    }

    // Returns how many frames stay when this one is saved.
    private int CheckNumber(long frame)
    {
        if (frame < 0)
            ThrowNumber(frame, "a frame's number is 0 or more");
        if (_count == 0 || frame - 1 == NewestFrame)
            return _count;
        if (!Contains(frame))
            ThrowNumber(frame, $"it holds {Frames}; save one of these again{AndNext}");
        return (int)(frame - OldestFrame);
    }

    private int IndexOf(long frame)
    {
        if (!Contains(frame))
            ThrowNumber(frame, $"it is not held; {(_count == 0 ? "save a frame first" : $"it holds {Frames}")}");
        return (int)(frame - OldestFrame);
    }

    private string Frames => OldestFrame == NewestFrame
        ? $"frame {OldestFrame}"
        : $"frames {OldestFrame} to {NewestFrame}";

    private string AndNext => NewestFrame == long.MaxValue ? "" : $", or frame {NewestFrame + 1}";

    [DoesNotReturn]
    private void ThrowNumber(long frame, string why) => throw new ArgumentOutOfRangeException(
        nameof(frame), $"The history of arena '{_arena.Name}' refuses frame {frame}: {why}.");

    private void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_arena.IsDisposed)
            Throw.Disposed("arena", _arena.Name);
    }

    // Saves everything except the pages. Nothing else is changed.
    private void SaveState(SavedFrame saved)
    {
        _arena.SaveOwners(saved.Owners);
        if (saved.Handles.Length < saved.Owners.Count)
            saved.Handles = new AllocatorHandle[2 * saved.Owners.Count];
        saved.State.BeginSaving();
        _arena.KeepState(saved.State);
        for (var token = 0; token < saved.Owners.Count; token++)
        {
            if (saved.Owners.At(token) is not { } allocator)
                continue;
            CheckCanGoBack(allocator);
            saved.Handles[token] = allocator.KnownHandle;
            allocator.KeepAll(saved.State);
        }
    }

    // The pages, in a list that leads to the frame at an index. Later frames go.
    private void Capture(SavedFrame saved, int index)
    {
        var newest = Math.Max(_count - 1, 0);
        Seek(newest, index);
        try
        {
            _sums.Begin(saved.Owners, _changes);
            _pages.Capture(_changes, _sums);
            _sums.Update(_count == 0 ? null : _frames[index].Owners, _hasGone || index != newest);
        }
        catch (OutOfMemoryException)
        {
            _pages.Undo(_changes);
            Seek(index, newest);
            _hasGone = true;
            throw;
        }
        _pages.Settle(_changes);
        saved.Checksum = _pages.Total;
        _hasGone = false;
        Forget(index, _count);
    }

    // Takes the table of pages from one frame to another; the lists between them get the copies of the other frame.
    private void Seek(int from, int to)
    {
        for (var i = from - 1; i >= to; i--)
            _pages.Swap(_frames[i].Changes);
        for (var i = from; i < to; i++)
            _pages.Swap(_frames[i].Changes);
    }

    private void Forget(int from, int end)
    {
        for (var i = from; i < end; i++)
            _pages.Forget(_frames[i].Changes);
    }

    private void DropOldest()
    {
        var oldest = _frames[0];
        _pages.Forget(oldest.Changes);
        _count--;
        Array.Copy(_frames, 1, _frames, 0, _count);
        _frames[_count] = oldest;
    }

    // The frame behind the last one.
    private SavedFrame Spare()
    {
        var made = _frames.Length;
        if (_count == made)
        {
            Array.Resize(ref _frames, Math.Min(Capacity + 1, Math.Max(FirstFrames, 2 * made)));
            for (; made < _frames.Length; made++)
                _frames[made] = new SavedFrame();
        }
        return _frames[_count];
    }

    private string? Open(SavedFrame saved)
    {
        lock (_arena.PagesLock)
            return _arena.OpenPagesAsIn(_pages);
    }

    private void CheckReturns(SavedFrame saved)
    {
        for (var token = 0; token < saved.Owners.Count; token++)
        {
            if (saved.Owners.At(token) is { IsDisposed: true, CanReturn: false } allocator)
            {
                throw new InvalidOperationException(
                    $"{allocator.Label} in arena '{_arena.Name}' was disposed and cannot come back: another arena's "
                    + "allocator has its place among those that containers know. Keep it until the frame is no longer "
                    + "needed, or keep other arenas' allocators. Nothing was changed.");
            }
        }
    }

    [Conditional("DEBUG")]
    private void CountEntries(SavedFrame saved) => _entries = EntriesOfOthers(saved);

    [Conditional("DEBUG")]
    private void AssertQuiet(SavedFrame saved) => Debug.Assert(
        EntriesOfOthers(saved) == _entries,
        // In parts that are all interpolated, the text is only made if the assertion fails.
        $"The history of arena '{_arena.Name}': another thread was inside one of its allocators meanwhile; let the "
        + $"other threads wait until the call ends.");

    private static long EntriesOfOthers(SavedFrame saved)
    {
        var entries = 0L;
        for (var token = 0; token < saved.Owners.Count; token++)
            entries += saved.Owners.At(token)?.EntriesOfOthers ?? 0;
        return entries;
    }

    private void EndYounger(SavedFrame saved, ref Failures failures)
    {
        foreach (var allocator in _arena.Allocators())
        {
            var token = allocator.OwnerToken;
            if (token == Allocator.NoToken || saved.Owners.At(token) == allocator)
                continue;
            allocator.IgnoreLeaks = true;
            failures.Catch(allocator.Dispose);
        }
    }

    // Makes the arena equal to the frame that the table of pages is at. For a mere look, pages keep storage that they
    // did not have then, so that the way back cannot fail, and observers are not notified.
    private void Show(SavedFrame saved, bool isLook)
    {
        lock (_arena.PagesLock)
        {
            _arena.RestoreTables(_pages, isLook);
            _pages.CopyToArena();
            saved.State.BeginRestoring();
            _arena.KeepState(saved.State);
            _arena.RestoreOwners(saved.Owners);
        }
        for (var token = 0; token < saved.Owners.Count; token++)
        {
            if (saved.Owners.At(token) is not { } allocator)
                continue;
            var isBack = allocator.IsDisposed;
            if (isBack)
                allocator.ComeBack((ushort)token);
            allocator.KeepAll(saved.State);
            if (isBack && !isLook)
                _arena.ObserveAgain(allocator);
        }
        for (var token = 0; !isLook && token < saved.Owners.Count; token++)
            saved.Owners.At(token)?.WentBack();
    }

    // Returns the live allocations that observers know; null if there is no observer.
    private HashSet<LiveRange>? Watched(Allocator[] allocators)
    {
        if (!_arena.IsObserved)
            return null;
        var ranges = new LiveRanges(asNotified: true);
        foreach (var allocator in allocators)
            ranges.Add(allocator);
        return [.. ranges.Sorted()];
    }

    // Notifies observers. Allocations that are live in both states are known already, with their lines. The others die,
    // or live again without a line.
    private void Notify(HashSet<LiveRange>? before, ref Failures failures)
    {
        if (before is null)
            return;
        var after = Watched(_arena.Allocators())!;
        foreach (var range in before)
        {
            if (!after.Contains(range) && !range.Owner.IsDisposed)
                failures.Add(range.Owner.NotifyWentBack(range.Address, range.ByteCount));
        }
        foreach (var range in after)
        {
            if (!before.Contains(range))
                failures.Add(range.Owner.NotifyCameBack(range.Address, range.ByteCount));
        }
    }
}
