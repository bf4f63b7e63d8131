using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Moves the blocks of a relocatable heap together, a bounded number of bytes a call.
/// <code>
/// target   |AA B   C D    |      slides down      |AABCD         |
/// victim   |  E       F   |      moves over       |AABCDEF       |    and its storage goes back
/// </code>
/// The fullest segment that is worth the work is the target: its blocks slide down until all its room is at its end.
/// Then the emptiest segment, the victim, is emptied into that room, then the next emptiest, until the target is full
/// and another one takes its place. So each byte moves about once, the emptiest segments come first, and dense ones
/// stay.
/// </summary>
/// <remarks>
/// From one call to the next, only the target and the victim are kept: the blocks themselves show where the work ended,
/// whatever the program did meanwhile. A segment that cannot be improved is <em>settled</em> until something in it is
/// freed or unpinned.
/// </remarks>
internal sealed unsafe class Relocator : IKeepsState
{
    // The granules of a victim after which their pages go back: 256 KiB. Each call takes microseconds besides those for
    // its pages, because other processors forget the addresses.
    private const int GranulesOfWay = 16384;

    private readonly RelocatableHeap _heap;
    private readonly RelocationSpace _space;
    private readonly RelocationTable _table;
    private readonly int _leastGainBytes;

    private CompactionWork _work;
    private Exception? _failure;

    // The bound when segments were settled: a larger one may let larger blocks move.
    private nuint _boundOfSettled;

    public Relocator(RelocatableHeap heap, RelocationSpace space, RelocationTable table)
    {
        _heap = heap;
        _space = space;
        _table = table;
        _leastGainBytes = 2 * (int)heap.Arena.OsPageBytes;
    }

    private enum Outcome
    {
        /// <summary>Nothing more can be done in this segment.</summary>
        Finished,

        /// <summary>The target has no room for the next block.</summary>
        Full,

        /// <summary>The next block is larger than the rest of the bound, or an observer has thrown.</summary>
        Interrupted,
    }

    /// <summary>Moves blocks where it is worth the work, within the rest of a bound.</summary>
    /// <param name="work">The bound of the whole call, and what it has done.</param>
    /// <param name="failure">
    /// Null, or the exception of an observer; then the move that it was notified of was the last one.
    /// </param>
    /// <returns>True if nothing is left to do.</returns>
    public bool TryFinish(ref CompactionWork work, out Exception? failure)
    {
        (_work, _failure) = (work, null);
        if (work.LargestBytes > _boundOfSettled)
            _space.UnsettleAll();
        _boundOfSettled = work.LargestBytes;
        var outcome = Outcome.Finished;
        while (outcome != Outcome.Interrupted && Choose())
            outcome = _space.Victim >= 0 ? EmptyVictim() : SlideTarget();
        (work, failure) = (_work, _failure);
        return outcome != Outcome.Interrupted;
    }

    /// <inheritdoc/>
    public void KeepState(StateStream state) => _boundOfSettled = state.Keep(_boundOfSettled);

    private bool IsWorthIt(int position)
    {
        if (_space.IsSettled(position))
            return false;
        var gain = _space.GainOf(position);
        var used = _space.Used(position) * RelocatableBlock.GranuleBytes;
        return gain >= _leastGainBytes && gain >= used / _work.LeastGainShare;
    }

    // Chooses the victim and the target of the space. Returns false if there is nothing to do.
    private bool Choose()
    {
        if (_space.Victim >= 0 && _space.Target >= 0)
            return true;
        var victim = _space.Victim;
        if (victim < 0 && (victim = FindVictim()) < 0)
        {
            // Nothing is left to fill the target's room.
            if (_space.Target >= 0)
                _work.FreedBytes += _space.Trim(_space.Target);
            _space.Target = -1;
            return false;
        }
        if (_space.Target < 0)
            _space.Target = FindTarget(victim);
        // A victim without a target slides; a target slides before it takes anything.
        if (_space.Target < 0 || _space.Target == victim)
        {
            _space.Victim = -1;
            _space.Target = victim;
        }
        else
        {
            _space.Victim = _space.IsTargetPacked ? victim : -1;
        }
        return true;
    }

    // Finds the emptiest segment that is worth the work.
    private int FindVictim()
    {
        var found = -1;
        for (var position = 0; position < _space.Count; position++)
        {
            if (position != _space.Target && IsWorthIt(position)
                && (found < 0 || _space.Used(position) < _space.Used(found)))
                found = position;
        }
        return found >= 0 || _space.Target < 0 || !IsWorthIt(_space.Target) ? found : _space.Target;
    }

    // Finds the fullest segment that has room at its end, or will have.
    private int FindTarget(int victim)
    {
        var found = -1;
        for (var position = 0; position < _space.Count; position++)
        {
            if (position == victim || !(_space.IsSettled(position) ? HasRoom(position) : IsWorthIt(position)))
                continue;
            if (_space.Used(position) > 0 && (found < 0 || _space.Used(position) > _space.Used(found)))
                found = position;
        }
        return found;
    }

    // Returns whether a target has room for any block, so that it takes at least one.
    private bool HasRoom(int position) => _space.GranuleEnd - RoomOf(position) >= _space.MostGranules;

    private int RoomOf(int position) =>
        Math.Max(
            _space.FirstGranule,
            BitRuns.LastSet(UsedBits(position), _space.FirstGranule, _space.GranuleEnd) + 1);

    private ulong* UsedBits(int position) => RelocationSpace.UsedBits(_space.Base(position));

    private Outcome SlideTarget()
    {
        var target = _space.Target;
        var outcome = Slide(target);
        if (outcome == Outcome.Interrupted)
            return outcome;
        _space.Settle(target);
        _space.IsTargetPacked = true;
        if (HasRoom(target) && _space.Used(target) > 0 && FindVictim() is var other && other >= 0)
            return Outcome.Finished;
        _space.Target = -1;
        _work.FreedBytes += _space.Trim(target);
        return Outcome.Finished;
    }

    // Slides blocks down. A gap ends where a block starts. The blocks between one that stays and the next gap stay with
    // it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Outcome Slide(int position)
    {
        var end = _space.GranuleEnd;
        var bits = UsedBits(position);
        var to = BitRuns.FirstClear(bits, _space.FirstGranule, end);
        while (to < end)
        {
            var from = BitRuns.FirstSet(bits, to, end);
            if (from == end)
                break;
            var block = _space.BlockAt(position, from);
            var granules = RelocationSpace.GranulesOf(block);
            if (Stays(block))
            {
                to = BitRuns.FirstClear(bits, from, end);
                continue;
            }
            if (!_work.Permits(Cost(block)))
                return Outcome.Interrupted;
            if (!TryMove(block, position, to))
                break;
            if (_failure is not null)
                return Outcome.Interrupted;
            to += granules;
        }
        return Outcome.Finished;
    }

    private Outcome EmptyVictim()
    {
        var (victim, target) = (_space.Victim, _space.Target);
        var outcome = MoveOver(victim, target);
        if (outcome == Outcome.Interrupted)
            return outcome;
        if (outcome == Outcome.Full)
        {
            _space.Target = -1;
            _work.FreedBytes += _space.Trim(target);
            return outcome;
        }
        _space.AbandonVictim();
        _space.Settle(victim);
        _work.FreedBytes += _space.Trim(victim);
        return outcome;
    }

    // The pages that the victim's blocks leave go back on the way, so that no call gives a whole segment back.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Outcome MoveOver(int victim, int target)
    {
        var end = _space.GranuleEnd;
        var bits = UsedBits(victim);
        var room = RoomOf(target);
        var outcome = Outcome.Finished;
        for (var from = BitRuns.FirstSet(bits, _space.FirstGranule, end); from < end;)
        {
            var block = _space.BlockAt(victim, from);
            var blockEnd = from + RelocationSpace.GranulesOf(block);
            if (!TryMoveOver(block, target, ref room, ref outcome))
                break;
            from = BitRuns.FirstSet(bits, blockEnd, end);
            if (from - _space.VictimTrimmed < GranulesOfWay)
                continue;
            _work.FreedBytes += _space.Trim(victim, _space.VictimTrimmed, from);
            _space.VictimTrimmed = from;
        }
        return outcome;
    }

    // Returns false, and the outcome, if the victim's further blocks do not move now.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryMoveOver(RelocatableBlock* block, int target, ref int room, ref Outcome outcome)
    {
        if (Stays(block))
            return true;
        var granules = RelocationSpace.GranulesOf(block);
        if (!_work.Permits(Cost(block)))
            outcome = Outcome.Interrupted;
        else if (room + granules > _space.GranuleEnd)
            outcome = Outcome.Full;
        else if (!TryMove(block, target, room))
            return false;
        else if (_failure is not null)
            outcome = Outcome.Interrupted;
        room += granules;
        return outcome == Outcome.Finished;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Stays(RelocatableBlock* block)
    {
        if (!_table.Knows(block))
            _heap.ThrowOverwritten(block);
        return block->Pins != 0 || Cost(block) > _work.LargestBytes;
    }

    private static nuint Cost(RelocatableBlock* block) => Math.Max(block->SmallLength, 1);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryMove(RelocatableBlock* block, int position, int granule)
    {
        if (!_space.TryMove(block, position, granule))
            return false;
        var moved = _space.BlockAt(position, granule);
        moved->SetMoved();
        _table.Move(moved);
        _work.MovedBytes += Cost(moved);
        if (!moved->IsTable)
            _failure = _heap.NotifyRelocated(block, moved);
        return true;
    }
}
