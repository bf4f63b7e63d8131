namespace FuzzTarget;

/// <summary>
/// Plays bytes as operations on a <see cref="World"/>: the first byte chooses the guard, each further operation is a
/// byte and the bytes that it reads. Every list of bytes is valid; where they end, the world is verified and disposed.
/// </summary>
internal static class OperationList
{
    /// <summary>Plays a list in a world of its own.</summary>
    /// <returns>Operations that were done.</returns>
    /// <exception cref="FuzzException">An allocator did something else than the model.</exception>
    public static long Play(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        using var world = new World(reader.Next());
        long count = 0;
        for (; !reader.IsEmpty; count++)
            world.Do(ref reader);
        world.End();
        return count;
    }

    /// <summary>Plays on in a world that stays.</summary>
    /// <returns>Operations that were done.</returns>
    public static long Play(World world, ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        long count = 0;
        for (; !reader.IsEmpty; count++)
            world.Do(ref reader);
        return count;
    }
}

/// <summary>An allocator did something else than the model.</summary>
public sealed class FuzzException(string message) : Exception(message);

/// <summary>Reads bytes, and zeros where they have ended.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public readonly bool IsEmpty => _left.IsEmpty;

    public byte Next()
    {
        if (_left.IsEmpty)
            return 0;
        var next = _left[0];
        _left = _left[1..];
        return next;
    }

    public int NextBelow(int count) => (Next() << 8 | Next()) % count;
}
