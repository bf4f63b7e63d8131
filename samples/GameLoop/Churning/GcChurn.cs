using System.Runtime.CompilerServices;

namespace GameLoop.Churning;

/// <summary>Managed objects: of 64 bytes with their header, and arrays of bytes.</summary>
internal readonly struct GcChurn(int places) : IChurnMemory
{
    private readonly object?[] _places = new object?[places];

    // It escapes, as an object that a game keeps does: the compiler would put one that does not on the stack.
    public void Pair(ulong value)
    {
        var block = new ManagedBlock { Bytes = new Payload { First = value } };
        _places[0] = block;
        _places[0] = null;
    }

    public void Put(int place) => _places[place] = new ManagedBlock { Bytes = new Payload { First = (ulong)place } };

    // The collector finds it.
    public void Free(int place) => _places[place] = null;

    public void Put(int place, int byteCount)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(byteCount);
        Unsafe.WriteUnaligned(ref bytes[0], (ulong)place);
        _places[place] = bytes;
    }

    public void FreeAnySize(int place) => _places[place] = null;

    public void FreeAll(int places) => Array.Clear(_places, 0, places);

    public void Dispose() => Array.Clear(_places);

    private sealed class ManagedBlock
    {
        public Payload Bytes;
    }

    // The object's header and its method table take the other 16 bytes.
    [InlineArray(6)]
    private struct Payload
    {
        public ulong First;
    }
}
