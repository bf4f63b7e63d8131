namespace Arena;

// The position, which is open or closed:
//
//            _position   _origin             _limit
//   open     position    origin              end + 1      the fast path moves it
//   closed   0           origin - position   0            not even an allocation of 0 bytes fits; the true state is
//                                                         in _closed, and the slow path moves it
//
// In both, _position - _origin is what is in use. It is closed after Dispose, and while calls check their thread.
public sealed unsafe partial class FrameAllocator
{
    private BumpState _closed;

    // A number that is odd while the position changes.
    private int _moves;

    private bool IsClosed => _limit == 0;

    private nuint Position => IsClosed ? _closed.Position : _position;

    private BumpState State => IsClosed ? _closed : new BumpState(_position, _origin, _limit);

    private void MoveTo(nuint position) => Set(State with { Position = position });

    private void EnterFirst()
    {
        var first = _firstChunks[_buffer];
        Enter(first, usedBefore: 0, FrameChunk.FirstAddress(first));
    }

    private void Enter(FrameChunk* chunk, nuint usedBefore, nuint position)
    {
        chunk->UsedBefore = usedBefore;
        _chunk = chunk;
        var origin = unchecked(FrameChunk.FirstAddress(chunk) - usedBefore);
        Set(new BumpState(position, origin, FrameChunk.End(chunk) + 1));
    }

    // Opens the fast path, or closes it if there is a reason to.
    internal override void Reopen()
    {
        if (IsClosed != _guard.KeepsClosed)
            Set(State);
    }

    // The writes between the two numbers are seen as one.
    private void Set(BumpState state)
    {
        Volatile.Write(ref _moves, unchecked(_moves + 1));
        Volatile.WriteBarrier();
        _closed = state;
        (_position, _origin, _limit) = _guard.KeepsClosed
            ? (0, unchecked(state.Origin - state.Position), 0)
            : (state.Position, state.Origin, state.Limit);
        Volatile.Write(ref _moves, unchecked(_moves + 1));
    }
}
