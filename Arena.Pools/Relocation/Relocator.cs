namespace Arena.Pools;

/// <summary>
/// Moves the blocks of a relocatable heap together, a bounded number of bytes a call.
/// <code>
/// target   |AA B   C D    |      slides down      |AABCD         |
/// victim   |  E       F   |      moves over       |AABCDEF       |    and its storage goes back
/// </code>
/// The fullest segment that is worth it is the target: its blocks slide down until all its room is at its end. Then the
/// emptiest segment, the victim, is emptied into that room, then the next emptiest, until the target is full and
/// another one takes its place. So each byte moves about once, the emptiest end first, and what is dense already stays.
/// </summary>
/// <remarks>
/// Nothing is kept from one call to the next but which segments are target and victim: the blocks say where the work
/// ended, whatever the program did meanwhile. A segment that cannot be improved is <em>settled</em> until something in
/// it is freed or unpinned.
/// </remarks>
internal sealed unsafe class Relocator
{
    // A gain of less than a 16th of what would have to be moved is not worth it.
    private const int LeastGainShare = 16;

    private readonly RelocatableHeap _heap;
    private readonly RelocationSpace _space;
    private readonly RelocationTable _table;
    private readonly int _leastGainBytes;

    private nuint _mostBytes;
    private nuint _left;
    private nuint _freed;
    private Exception? _failure;

    // A block bigger than the bound may stay because of it, and another bound may be larger.
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
        /// <summary>There is nothing more to do in this segment.</summary>
        Finished,

        /// <summary>The target has no room for the next block.</summary>
        Full,

        /// <summary>The next block is larger than what is left of the bound, or an observer has thrown.</summary>
        Interrupted,
    }

    /// <summary>Moves what is worth it, as far as what is left of a bound goes.</summary>
    /// <param name="bound">A block that is larger stays.</param>
    /// <param name="left">What is left of it.</param>
    /// <param name="freed">Grows by the bytes that went back to the OS.</param>
    /// <param name="failure">
    /// Null, or what an observer threw; then the move that it was notified of was the last one.
    /// </param>
    /// <returns>Whether nothing is left to do.</returns>
    public bool TryFinish(nuint bound, ref nuint left, ref nuint freed, out Exception? failure)
    {
        (_mostBytes, _left, _freed, _failure) = (bound, left, 0, null);
        if (bound > _boundOfSettled)
            _space.UnsettleAll();
        _boundOfSettled = bound;
        var outcome = Outcome.Finished;
        while (outcome != Outcome.Interrupted && Choose())
            outcome = _space.Victim >= 0 ? EmptyVictim() : SlideTarget();
        failure = _failure;
        left = _left;
        freed += _freed;
        return outcome != Outcome.Interrupted;
    }

    private bool IsWorthIt(int position)
    {
        if (_space.IsSettled(position))
            return false;
        var gain = _space.GainOf(position);
        var used = _space.Used(position) * RelocatableBlock.GranuleBytes;
        return gain >= _leastGainBytes && gain >= used / LeastGainShare;
    }

    // Says by the victim and the target of the space what is to be done next; false where there is nothing.
    private bool Choose()
    {
        if (_space.Victim >= 0 && _space.Target >= 0)
            return true;
        var victim = _space.Victim;
        if (victim < 0 && (victim = FindVictim()) < 0)
        {
            // The room that nothing came to fill.
            if (_space.Target >= 0)
                _freed += _space.Trim(_space.Target);
            _space.Target = -1;
            return false;
        }
        if (_space.Target < 0)
            _space.Target = FindTarget(victim);
        // Alone it slides; a target slides before it takes anything.
        if (_space.Target < 0 || _space.Target == victim)
        {
            _space.Victim = -1;
            _space.Target = victim;
        }
        else
        {
            _space.Victim = _space.IsSettled(_space.Target) ? victim : -1;
        }
        return true;
    }

    // The emptiest segment that is worth it.
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

    // The fullest segment that has room at its end, or will have.
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

    // For any block, so that a target takes one at least.
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
        if (HasRoom(target) && _space.Used(target) > 0 && FindVictim() is var other && other >= 0)
            return Outcome.Finished;
        _space.Target = -1;
        _freed += _space.Trim(target);
        return Outcome.Finished;
    }

    // A gap ends where a block starts. What is behind a block that stays, up to the next gap, stays with it.
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
            if (Cost(block) > _left)
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
            _freed += _space.Trim(target);
            return outcome;
        }
        _space.AbandonVictim();
        _space.Settle(victim);
        _freed += _space.Trim(victim);
        return outcome;
    }

    private Outcome MoveOver(int victim, int target)
    {
        var end = _space.GranuleEnd;
        var bits = UsedBits(victim);
        var room = RoomOf(target);
        for (var from = BitRuns.FirstSet(bits, _space.FirstGranule, end); from < end;)
        {
            var block = _space.BlockAt(victim, from);
            var granules = RelocationSpace.GranulesOf(block);
            if (!Stays(block))
            {
                if (Cost(block) > _left)
                    return Outcome.Interrupted;
                if (room + granules > end)
                    return Outcome.Full;
                if (!TryMove(block, target, room))
                    return Outcome.Finished;
                if (_failure is not null)
                    return Outcome.Interrupted;
                room += granules;
            }
            from = BitRuns.FirstSet(bits, from + granules, end);
        }
        return Outcome.Finished;
    }

    private bool Stays(RelocatableBlock* block)
    {
        if (!_table.Knows(block))
            _heap.ThrowOverwritten(block);
        return block->Pins != 0 || Cost(block) > _mostBytes;
    }

    private static nuint Cost(RelocatableBlock* block) => Math.Max(block->SmallLength, 1);

    private bool TryMove(RelocatableBlock* block, int position, int granule)
    {
        if (!_space.TryMove(block, position, granule))
            return false;
        var moved = _space.BlockAt(position, granule);
        _table.Move(moved);
        _left -= Cost(moved);
        if (!moved->IsTable)
            _failure = _heap.TellRelocated(block, moved);
        return true;
    }
}
