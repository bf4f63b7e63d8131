namespace GameLoop.Churning;

/// <summary>Numbered places, each with an allocation or none; the allocation's first 8 bytes are written.</summary>
internal interface IChurnMemory : IDisposable
{
    /// <summary>Allocates 64 bytes, writes the value, and frees them.</summary>
    void Pair(ulong value);

    /// <summary>Allocates 64 bytes for an empty place.</summary>
    void Put(int place);

    /// <summary>Frees what <see cref="Put(int)"/> put there.</summary>
    void Free(int place);

    /// <summary>Allocates any number of bytes, from 16 on, for an empty place.</summary>
    void Put(int place, int byteCount);

    /// <summary>Frees what <see cref="Put(int, int)"/> put there.</summary>
    void FreeAnySize(int place);

    /// <summary>Frees everything in the first places, of either kind.</summary>
    void FreeAll(int places);
}
