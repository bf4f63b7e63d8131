using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Arena;

/// <summary>
/// Copies of pages, outside of every arena. A copy is known by a number; <see cref="None"/> and <see cref="Zero"/> take
/// no memory.
/// </summary>
internal sealed unsafe class PageCopies(nuint pageBytes) : IDisposable
{
    /// <summary>In a list: the contents are what the table has.</summary>
    public const int Same = -1;

    /// <summary>Nothing is held.</summary>
    public const int None = 0;

    /// <summary>The number for a page of zeros.</summary>
    public const int Zero = 1;

    private const int FirstCopy = 2;
    private const int ChunkShift = 6;
    private const int ChunkCopies = 1 << ChunkShift;

    private const int LineBytes = 64;
    private const int PrefetchedBytes = 8 * LineBytes;

    private byte** _chunks;
    private int _chunkCapacity;
    private int _chunkCount;

    // The numbers of free copies, the next one to use last. Beside the copies: touching those would read memory that
    // nothing needs.
    private int* _free;
    private int _freeCount;

    /// <summary>
    /// Copies go past the processor's caches: there is more of them than these hold, and a line that is written whole
    /// need not be read before.
    /// </summary>
    public bool ArePassedByCaches { get; set; }

    /// <summary>The bytes of memory that it holds.</summary>
    public nuint HeldBytes =>
        ((nuint)_chunkCount << ChunkShift) * (pageBytes + sizeof(int)) + (nuint)_chunkCapacity * (nuint)sizeof(byte*);

    /// <summary>Returns the bytes of a copy; null for a number that takes no memory.</summary>
    public byte* At(int copy) => copy < FirstCopy
        ? null
        : _chunks[(copy - FirstCopy) >> ChunkShift] + (nuint)((copy - FirstCopy) & (ChunkCopies - 1)) * pageBytes;

    /// <summary>
    /// Asks for the beginning of a page that is read soon. The processor fetches ahead within a page, but does not know
    /// where the next one begins.
    /// </summary>
    public static void Prefetch(byte* page)
    {
        if (!Sse.IsSupported)
            return;
        for (var line = 0; line < PrefetchedBytes; line += LineBytes)
            Sse.Prefetch0(page + line);
    }

    /// <summary>Copies a page.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory; nothing was changed.</exception>
    public int Take(byte* page)
    {
        var contents = new ReadOnlySpan<byte>(page, (int)pageBytes);
        if (!contents.ContainsAnyExcept((byte)0))
            return Zero;
        if (_freeCount == 0)
            AddChunk();
        var copy = _free[--_freeCount];
        Copy(page, At(copy));
        return copy;
    }

    /// <summary>Writes a copy to a page.</summary>
    public void CopyTo(byte* page, int copy)
    {
        if (copy == Zero)
            new Span<byte>(page, (int)pageBytes).Clear();
        else
            Copy(At(copy), page);
    }

    /// <summary>Asks for the beginning of a copy that is read soon.</summary>
    public void Prefetch(int copy)
    {
        if (copy >= FirstCopy)
            Prefetch(At(copy));
    }

    /// <summary>Ends the copying: other threads may read what was copied.</summary>
    public static void Settle()
    {
        if (Sse.IsSupported)
            Sse.StoreFence();
    }

    /// <summary>Frees a copy that no frame needs.</summary>
    public void Free(int copy)
    {
        if (copy >= FirstCopy)
            _free[_freeCount++] = copy;
    }

    /// <summary>Returns whether a page has the contents of a copy, compared in vectors.</summary>
    public bool IsEqual(int copy, byte* page)
    {
        var contents = new ReadOnlySpan<byte>(page, (int)pageBytes);
        return copy == Zero
            ? !contents.ContainsAnyExcept((byte)0)
            : contents.SequenceEqual(new ReadOnlySpan<byte>(At(copy), (int)pageBytes));
    }

    public void Dispose()
    {
        for (var i = 0; i < _chunkCount; i++)
            OwnMemory.FreeAligned(_chunks[i]);
        OwnMemory.Free(_chunks);
        _chunks = null;
        OwnMemory.Free(_free);
        _free = null;
        (_chunkCount, _chunkCapacity, _freeCount) = (0, 0, 0);
    }

    private void Copy(byte* from, byte* to)
    {
        if (!ArePassedByCaches || !Avx.IsSupported)
        {
            Buffer.MemoryCopy(from, to, pageBytes, pageBytes);
            return;
        }
        for (nuint at = 0; at < pageBytes; at += LineBytes)
        {
            var low = Vector256.Load(from + at);
            var high = Vector256.Load(from + at + LineBytes / 2);
            low.StoreAlignedNonTemporal(to + at);
            high.StoreAlignedNonTemporal(to + at + LineBytes / 2);
        }
    }

    private void AddChunk()
    {
        if (_chunkCount == _chunkCapacity)
        {
            var capacity = Math.Max(16, 2 * _chunkCapacity);
            _chunks = (byte**)OwnMemory.Resize(_chunks, (nuint)capacity * (nuint)sizeof(byte*));
            _chunkCapacity = capacity;
        }
        // Room for all copies there are.
        _free = (int*)OwnMemory.Resize(_free, (nuint)((_chunkCount + 1) << ChunkShift) * sizeof(int));
        _chunks[_chunkCount] = (byte*)OwnMemory.AllocateAligned(ChunkCopies * pageBytes, pageBytes);
        var first = (_chunkCount++ << ChunkShift) + FirstCopy;
        for (var copy = first + ChunkCopies - 1; copy >= first; copy--)
            Free(copy);
    }
}
