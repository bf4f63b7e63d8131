using Arena;
using Arena.Pools;

namespace GameLoop.Churning;

/// <summary>A pool for 64 bytes, a heap for any size.</summary>
internal readonly unsafe struct ArenaChurn(
    PageArena arena, Pool<Block64> blocks, Heap heap, int places) : IChurnMemory
{
    private readonly nint[] _places = new nint[places];

    public void Pair(ulong value)
    {
        var block = blocks.Allocate();
        block->First = value;
        blocks.Free(block);
    }

    public void Put(int place)
    {
        var block = blocks.Allocate();
        block->First = (ulong)place;
        _places[place] = (nint)block;
    }

    public void Free(int place) => blocks.Free((Block64*)_places[place]);

    public void Put(int place, int byteCount)
    {
        var bytes = heap.Allocate((nuint)byteCount);
        *(ulong*)bytes = (ulong)place;
        _places[place] = (nint)bytes;
    }

    public void FreeAnySize(int place) => heap.Free((void*)_places[place]);

    public void FreeAll(int places)
    {
        blocks.Clear();
        heap.Clear();
    }

    public void Dispose() => arena.Dispose();
}
