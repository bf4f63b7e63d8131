namespace Arena;

// Guarded frames. The memory of a frame that ended is filled, so that a pointer kept beyond it reads the pattern.
public sealed unsafe partial class FrameAllocator
{
    private void BeginGuardedFrame(ArenaGuard guard)
    {
        guard.BeginFrame(_frame);
        if (guard.Options.Poison)
            Fill(_firstChunks[_buffer]);
    }

    // Fills whole chunks, because the bytes used of each are not kept.
    private static void Fill(FrameChunk* first)
    {
        for (var chunk = first; chunk != null; chunk = chunk->Next)
            GuardPattern.Fill(FrameChunk.FirstAddress(chunk), FrameChunk.End(chunk), GuardPattern.Freed);
    }

    // Fills everything in use from a position on, before the rewind to it.
    private void FillFrom(FrameChunk* chunk, nuint position)
    {
        for (; chunk != _chunk; chunk = chunk->Next, position = FrameChunk.FirstAddress(chunk))
            GuardPattern.Fill(position, chunk->Left, GuardPattern.Freed);
        GuardPattern.Fill(position, Position, GuardPattern.Freed);
    }
}
