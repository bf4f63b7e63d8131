using System.Numerics;

namespace Arena;

/// <summary>
/// The tickets of the containers that live in one allocator. Each number has a life, which changes when the container's
/// memory goes. Any thread may call it; only growth takes a lock. Nothing is written to the container's own memory.
/// </summary>
internal sealed class Tickets : IKeepsState
{
    private const int FirstChunk = 64;
    private const int FirstShift = 6;

    // A number that reaches this life is not used again, so lives never repeat.
    private const uint LastLife = uint.MaxValue;

    private readonly Lock _growing = new();

    // Each chunk is twice as long as the one before, and chunks never move.
    private readonly Entry[]?[] _chunks = new Entry[26][];
    private uint _count;

    // The next free number in the lower half, and a count above it that changes with every change.
    private ulong _free;

    /// <summary>Takes a ticket that is current until it is returned or renewed.</summary>
    public Ticket Take()
    {
        while (true)
        {
            var free = Volatile.Read(ref _free);
            var number = unchecked((uint)free);
            if (number == 0)
            {
                Grow();
                continue;
            }
            ref var entry = ref At(number);
            if (TryReplaceFree(free, Volatile.Read(ref entry.NextFree)))
                return new Ticket(number, Volatile.Read(ref entry.Life));
        }
    }

    public bool IsCurrent(Ticket ticket) =>
        IsKnown(ticket.Number) && Volatile.Read(ref At(ticket.Number).Life) == ticket.Life;

    /// <summary>Makes all copies of a ticket worthless except the returned one.</summary>
    /// <returns>False, with nothing changed, if it was worthless already.</returns>
    public bool TryRenew(ref Ticket ticket)
    {
        // One life is kept for the return.
        if (ticket.Life >= LastLife - 1)
            return IsCurrent(ticket);
        if (!TryEndLife(ticket))
            return false;
        ticket = ticket with { Life = ticket.Life + 1 };
        return true;
    }

    /// <summary>Ends a ticket. Of several threads that return copies of one, one succeeds.</summary>
    public bool TryReturn(Ticket ticket)
    {
        if (!TryEndLife(ticket))
            return false;
        if (ticket.Life >= LastLife - 1)
            return true;
        PutFree(ticket.Number, ticket.Number);
        return true;
    }

    /// <summary>Returns a number that <see cref="Touch"/> changes.</summary>
    public uint Changes(uint number) => IsKnown(number) ? Volatile.Read(ref At(number).Changes) : 0;

    /// <summary>Notes a change of the container, for enumerators that check for one.</summary>
    public void Touch(uint number)
    {
        if (IsKnown(number))
            Interlocked.Increment(ref At(number).Changes);
    }

    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        // Chunks that were added since are not used: one that is needed again is made again.
        Volatile.Write(ref _count, state.Keep(_count));
        _free = state.Keep(_free);
        for (var chunk = 0; (uint)(FirstChunk << chunk) - FirstChunk < _count; chunk++)
        {
            _chunks[chunk] ??= new Entry[FirstChunk << chunk];
            state.Keep(_chunks[chunk]!);
        }
    }

    private bool TryEndLife(Ticket ticket) => IsKnown(ticket.Number)
        && Interlocked.CompareExchange(ref At(ticket.Number).Life, ticket.Life + 1, ticket.Life) == ticket.Life;

    private bool IsKnown(uint number) => unchecked(number - 1) < Volatile.Read(ref _count);

    private ref Entry At(uint number)
    {
        var chunk = BitOperations.Log2(((number - 1) >> FirstShift) + 1);
        var first = (uint)(FirstChunk << chunk) - FirstChunk;
        return ref _chunks[chunk]![number - 1 - first];
    }

    private void Grow()
    {
        lock (_growing)
        {
            if (unchecked((uint)Volatile.Read(ref _free)) != 0)
                return;
            var chunk = BitOperations.Log2((_count >> FirstShift) + 1);
            var entries = new Entry[FirstChunk << chunk];
            var first = _count + 1;
            for (var i = 0; i < entries.Length; i++)
                entries[i] = new Entry { Life = 1, NextFree = first + (uint)i + 1 };
            _chunks[chunk] = entries;
            Volatile.Write(ref _count, _count + (uint)entries.Length);
            PutFree(first, _count);
        }
    }

    // Puts back a chain of free numbers, each of which except the last knows the next.
    private void PutFree(uint first, uint last)
    {
        ulong free;
        do
        {
            free = Volatile.Read(ref _free);
            Volatile.Write(ref At(last).NextFree, unchecked((uint)free));
        }
        while (!TryReplaceFree(free, first));
    }

    private bool TryReplaceFree(ulong free, uint next)
    {
        var changed = unchecked((((free >> 32) + 1) << 32) | next);
        return Interlocked.CompareExchange(ref _free, changed, free) == free;
    }

    private struct Entry
    {
        public uint Life;
        public uint NextFree;
        public uint Changes;
    }
}
