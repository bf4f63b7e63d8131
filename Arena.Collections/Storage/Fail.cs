using System.Diagnostics.CodeAnalysis;

namespace Arena.Collections;

/// <summary>
/// Throws that several containers share, out of line. They only throw, so that the JIT keeps their calls cold.
/// </summary>
internal static class Fail
{
    [DoesNotReturn]
    public static void Index(int index, uint count) => throw new ArgumentOutOfRangeException(
        nameof(index), index, $"An index is at least 0 and less than the count, which is {count}.");

    [DoesNotReturn]
    public static void InsertIndex(int index, int count) => throw new ArgumentOutOfRangeException(
        nameof(index), index, $"An index to insert at is at least 0 and at most the count, which is {count}.");

    [DoesNotReturn]
    public static void NoSuchKey<TKey>(TKey key) => throw new KeyNotFoundException(
        $"The dictionary has no key '{key}'; GetOrAdd(key, out _) = value adds it, or sets the value that is there.");

    [DoesNotReturn]
    public static void NoSuchId(int id) =>
        throw new KeyNotFoundException($"The sparse set has no value with the id {id}; Add(id, value) adds one.");

    [DoesNotReturn]
    public static void NoBits() => throw new InvalidOperationException(
        "The bit set has no bits, because it is default or was disposed. Make it with an allocator and a number of "
        + "bits, as in new NativeBitSet(heap, 1000).");

    [DoesNotReturn]
    public static void ChangedDuringWalk() => throw new InvalidOperationException(
        "The container was changed or disposed while it was walked; change it after the walk.");

    [DoesNotReturn]
    public static void TooLarge(long count, long most) => throw new ArenaOutOfMemoryException(
        $"A container cannot have {count} elements: it holds at most {most}.", nuint.MaxValue);
}
