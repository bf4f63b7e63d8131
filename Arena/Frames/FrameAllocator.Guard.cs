namespace Arena;

// Guarded frames: what a frame leaves behind is filled, so that a pointer kept beyond it reads the pattern.
public sealed unsafe partial class FrameAllocator
{
    private void BeginGuardedFrame(ArenaGuard guard)
    {
        guard.BeginFrame(_frame);
        if (guard.Options.Poison)
            Fill(_firstChunks[_buffer]);
    }

    // Whole chunks: how much the frame used of each is not kept.
    private static void Fill(FrameChunk* first)
    {
        for (var chunk = first; chunk != null; chunk = chunk->Next)
            GuardPattern.Fill(FrameChunk.FirstAddress(chunk), FrameChunk.End(chunk), GuardPattern.Freed);
    }

    // Everything in use from a position on, before it is rewound to.
    private void FillFrom(FrameChunk* chunk, nuint position)
    {
        for (; chunk != _chunk; chunk = chunk->Next, position = FrameChunk.FirstAddress(chunk))
            GuardPattern.Fill(position, chunk->Left, GuardPattern.Freed);
        GuardPattern.Fill(position, _position, GuardPattern.Freed);
    }
}
