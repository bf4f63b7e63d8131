namespace Arena;

// The state that a history saves at a quiet point: which allocations have how much storage. Few are alive at a time.
public sealed unsafe partial class SparseAllocator
{
    internal override string? WhyNoHistory => null;

    internal override string Shape => $"at most {MaximumBytes} bytes each";

    internal override void KeepState(StateStream state)
    {
        lock (_lock)
        {
            _liveBytes = state.Keep(_liveBytes);
            var count = state.KeepCount(_live.Count, sizeof(nint) + sizeof(nuint));
            if (!state.IsRestoring)
            {
                foreach (var (address, byteCount) in _live)
                {
                    state.Keep(address);
                    state.Keep(byteCount);
                }
                return;
            }
            _live.Clear();
            for (var i = 0; i < count; i++)
                _live.Add(state.Keep<nint>(0), state.Keep<nuint>(0));
        }
    }

    internal override void GiveOutlines(ILiveOutlines outlines)
    {
        lock (_lock)
        {
            foreach (var (address, byteCount) in _live)
            {
                // Pages without storage are no part of a checksum, and get another owner with their storage.
                for (nuint at = 0; at < byteCount; at += outlines.PageBytes)
                    outlines.Set((void*)((nuint)address + at), Outline.Whole);
            }
        }
    }

    internal override void WalkPart(IMemoryVisitor visitor, nuint from, nuint end)
    {
        lock (_lock)
        {
            foreach (var (address, byteCount) in _live)
            {
                if (new Block((void*)address, byteCount).Covers(from))
                    visitor.Live((nuint)address, byteCount);
            }
        }
    }
}
