using System.Runtime.InteropServices;

namespace GameLoop.Churning;

/// <summary>The C library's malloc and free.</summary>
internal readonly unsafe struct MallocChurn(int places) : IChurnMemory
{
    private readonly nint[] _places = new nint[places];

    public void Pair(ulong value)
    {
        var block = (Block64*)NativeMemory.Alloc((nuint)sizeof(Block64));
        block->First = value;
        NativeMemory.Free(block);
    }

    public void Put(int place) => Put(place, sizeof(Block64));

    public void Free(int place) => NativeMemory.Free((void*)_places[place]);

    public void Put(int place, int byteCount)
    {
        var bytes = NativeMemory.Alloc((nuint)byteCount);
        *(ulong*)bytes = (ulong)place;
        _places[place] = (nint)bytes;
    }

    public void FreeAnySize(int place) => Free(place);

    public void FreeAll(int places)
    {
        for (var place = 0; place < places; place++)
        {
            Free(place);
            _places[place] = 0;
        }
    }

    public void Dispose()
    {
        foreach (var address in _places)
            NativeMemory.Free((void*)address);
        Array.Clear(_places);
    }
}
