using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// Saves managed fields of objects as bytes outside the arena. One method of an object names its fields once, and
/// serves both ways: <c>_count = state.Keep(_count)</c> writes the field while saving and reads it while restoring, so
/// that the two can never disagree about the order.
/// </summary>
internal sealed unsafe class StateStream : IDisposable
{
    private const nuint LeastBytes = 1024;

    private byte* _bytes;
    private nuint _capacity;
    private nuint _end;
    private nuint _position;

    /// <summary>True while fields get their saved values.</summary>
    public bool IsRestoring { get; private set; }

    /// <summary>The bytes of native memory that it holds.</summary>
    public nuint HeldBytes => _capacity;

    public void BeginSaving()
    {
        IsRestoring = false;
        _position = _end = 0;
    }

    public void BeginRestoring()
    {
        IsRestoring = true;
        _position = 0;
    }

    /// <summary>Saves a value and returns it, or returns the one that was saved in its place.</summary>
    public T Keep<T>(T value)
        where T : unmanaged
    {
        KeepBytes(&value, (nuint)sizeof(T));
        return value;
    }

    /// <summary>
    /// Saves or restores the first elements of an array, which grows if it is too short. Elements behind are cleared.
    /// </summary>
    public void Keep<T>(ref T[] array, int count)
        where T : unmanaged
    {
        count = KeepCount(count, sizeof(T));
        if (array.Length < count)
            array = new T[count];
        fixed (T* first = array)
            KeepBytes(first, (nuint)count * (nuint)sizeof(T));
        if (IsRestoring)
            Array.Clear(array, count, array.Length - count);
    }

    /// <summary>A count of things that follow; never more than there can be.</summary>
    public int KeepCount(int count, int bytesEach)
    {
        count = Keep(count);
        if (IsRestoring)
            ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)(uint)count * (ulong)bytesEach, _end - _position);
        return count;
    }

    /// <summary>All that was saved.</summary>
    public ReadOnlySpan<byte> Saved => new(_bytes, (int)_end);

    /// <summary>Takes what was saved elsewhere: room for it, to be filled.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public Span<byte> Receive(int byteCount)
    {
        BeginSaving();
        Reserve((nuint)byteCount);
        _end = (nuint)byteCount;
        return new Span<byte>(_bytes, byteCount);
    }

    /// <summary>All elements of an array of a fixed length.</summary>
    public void Keep<T>(T[] array)
        where T : unmanaged
    {
        fixed (T* first = array)
            KeepBytes(first, (nuint)array.Length * (nuint)sizeof(T));
    }

    /// <summary>Saves or restores all pointers of an array of a fixed length.</summary>
    public void Keep(nuint*[] array)
    {
        for (var i = 0; i < array.Length; i++)
            array[i] = (nuint*)Keep((nuint)array[i]);
    }

    /// <summary>Saves or restores bytes at a fixed address.</summary>
    public void KeepBytes(void* address, nuint byteCount)
    {
        if (IsRestoring)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(_position + byteCount, _end);
            Unsafe.CopyBlockUnaligned(address, _bytes + _position, (uint)byteCount);
        }
        else
        {
            Reserve(_position + byteCount);
            Unsafe.CopyBlockUnaligned(_bytes + _position, address, (uint)byteCount);
            _end = _position + byteCount;
        }
        _position += byteCount;
    }

    public void Dispose()
    {
        OwnMemory.Free(_bytes);
        _bytes = null;
        _capacity = _end = _position = 0;
    }

    private void Reserve(nuint byteCount)
    {
        if (byteCount <= _capacity)
            return;
        var capacity = Math.Max(Math.Max(LeastBytes, byteCount), 2 * _capacity);
        _bytes = (byte*)OwnMemory.Resize(_bytes, capacity);
        _capacity = capacity;
    }
}
