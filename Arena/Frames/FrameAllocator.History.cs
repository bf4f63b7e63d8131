namespace Arena;

// The state that a history saves: the position and the chunks. Their contents lie in the arena.
public sealed unsafe partial class FrameAllocator
{
    internal override string? WhyNoHistory => null;

    internal override string Shape => $"{_firstChunks.Length} buffers";

    internal override void KeepState(StateStream state)
    {
        for (var i = 0; i < _firstChunks.Length; i++)
            _firstChunks[i] = (FrameChunk*)state.Keep((nuint)_firstChunks[i]);
        _chunk = (FrameChunk*)state.Keep((nuint)_chunk);
        var bump = state.Keep(State);
        _frame = state.Keep(_frame);
        _buffer = state.Keep(_buffer);
        _framePeakBytes = state.Keep(_framePeakBytes);
        _peakBytes = state.Keep(_peakBytes);
        _recentBytes = state.Keep(_recentBytes);
        _recentAlignment = state.Keep(_recentAlignment);
        if (state.IsRestoring)
            Set(bump);
    }

    internal override void WentBack() => _workers?.WentBack();

    internal override void GiveOutlines(ILiveOutlines outlines)
    {
        foreach (var first in _firstChunks)
        {
            for (var chunk = first; chunk != null; chunk = chunk->Next)
            {
                var end = EndOfUse(chunk);
                for (var page = (nuint)chunk; page < FrameChunk.End(chunk); page += outlines.PageBytes)
                    outlines.Set((void*)page, page < end ? nuint.Min(end - page, outlines.PageBytes) : 0);
            }
        }
    }

    // Frame memory holds whatever was there before, so what a frame has not used yet need not go back.
    internal override bool IsWorthless(nuint page)
    {
        foreach (var first in _firstChunks)
        {
            for (var chunk = first; chunk != null; chunk = chunk->Next)
            {
                if (page >= (nuint)chunk && page < FrameChunk.End(chunk))
                    return page != (nuint)chunk && page >= EndOfUse(chunk);
            }
        }
        return false;
    }
}
