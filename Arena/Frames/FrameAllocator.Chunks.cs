namespace Arena;

// Takes chunks from the arena, enters them and gives them back.
public sealed unsafe partial class FrameAllocator
{
    private string? LendBuffers()
    {
        for (var i = 0; i < _firstChunks.Length; i++)
        {
            if (Lend(_initialBytes, out var chunk) is { } why)
                return why;
            _firstChunks[i] = chunk;
        }
        return null;
    }

    // Adds a chunk behind the present one, as large as the whole buffer if possible, otherwise as large as needed.
    private string? InsertChunk(nuint neededBytes)
    {
        nuint bufferBytes = 0;
        for (var chunk = _firstChunks[_buffer]; chunk != null; chunk = chunk->Next)
            bufferBytes += chunk->ByteCount;
        var why = Lend(Math.Max(neededBytes, bufferBytes - FrameChunk.HeaderBytes), out var inserted);
        if (why is not null && neededBytes < bufferBytes)
            why = Lend(neededBytes, out inserted);
        if (why is not null)
            return why;
        inserted->Previous = _chunk;
        inserted->Next = _chunk->Next;
        if (inserted->Next != null)
            inserted->Next->Previous = inserted;
        _chunk->Next = inserted;
        return null;
    }

    private bool IsInUse(FrameChunk* wanted)
    {
        var chunk = _chunk;
        while (chunk != null && chunk != wanted)
            chunk = chunk->Previous;
        return chunk != null;
    }

    // Replaces the chunks of a buffer by one chunk of a fitting size. If the arena cannot lend it, the buffer stays as
    // it is.
    private void FitToRecentFrames()
    {
        ref var first = ref _firstChunks[_buffer];
        // At another address an aligned allocation is padded differently, by less than its alignment at either end.
        var padding = 2 * Math.Max(_recentAlignment.Value, PageAlignment);
        var wantedBytes = Math.Max(_initialBytes, _recentBytes.Value + _recentBytes.Value / 4 + padding);
        var enoughBytes = first->Next == null ? Math.Max(_initialBytes, _recentBytes.Value) : wantedBytes;
        var roomBytes = first->ByteCount - FrameChunk.HeaderBytes;
        if (roomBytes >= enoughBytes && roomBytes / ShrinkFactor <= wantedBytes)
        {
            GiveBackFrom(first->Next);
            first->Next = null;
        }
        else if (Lend(wantedBytes, out var chunk) is null)
        {
            GiveBackFrom(first);
            first = chunk;
        }
    }

    private string? Lend(nuint byteCount, out FrameChunk* chunk)
    {
        chunk = null;
        if (byteCount > Arena.ReservedBytes)
            return "the arena's reservation is smaller";
        var why = Arena.Lend(byteCount + FrameChunk.HeaderBytes, 0, OwnerToken, out var block);
        if (why is not null)
            return why;
        chunk = (FrameChunk*)block.Address;
        *chunk = new FrameChunk { ByteCount = block.ByteCount };
        return null;
    }

    private void GiveBackFrom(FrameChunk* chunk)
    {
        while (chunk != null)
        {
            var next = chunk->Next;
            Arena.TakeBack(new Block(chunk, chunk->ByteCount), OwnerToken);
            chunk = next;
        }
    }
}
