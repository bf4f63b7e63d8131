using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Arena;

/// <summary>
/// Throws that several allocators share, out of line. They are plain static methods that only throw: the JIT sees that
/// they do not return and keeps their calls cold. A NoInlining attribute would hide that and cost spills.
/// </summary>
internal static unsafe class Throw
{
    [DoesNotReturn]
    public static void InvalidFree(Allocator allocator, void* address, string why) =>
        throw FreeRefused(allocator, address, why);

    /// <summary>Makes the exception of a bad free, and notifies observers of it.</summary>
    public static InvalidFreeException FreeRefused(Allocator allocator, void* address, string why) =>
        allocator.Arena.NotifyFailed(new InvalidFreeException(
            $"{allocator.Label} in arena '{allocator.Arena.Name}' cannot free 0x{(nuint)address:x}: {why}",
            (nuint)address));

    /// <summary>
    /// Makes the exception of a single-threaded allocator that two threads used at a time, and notifies observers.
    /// </summary>
    public static InvalidOperationException UsedByTwo(Allocator allocator, string remedy) =>
        allocator.Arena.NotifyFailed(new InvalidOperationException(
            $"{allocator.Label} in arena '{allocator.Arena.Name}' is for one thread, and two used it at the same time: "
            + $"{remedy}. Both may hold the same memory, so it refuses every call until it is disposed."));

    /// <summary>Throws that an allocator is out of memory.</summary>
    /// <param name="allocator">The allocator that cannot serve the request.</param>
    /// <param name="requestedBytes">The bytes of the request.</param>
    /// <param name="why">The reason that an inner layer returned; the budget is recognized by identity.</param>
    /// <param name="where">
    /// The part of the allocator that cannot serve it, in front of the reason; empty for the whole allocator.
    /// </param>
    [DoesNotReturn]
    public static void OutOfMemory(Allocator allocator, nuint requestedBytes, string why, string where = "")
    {
        var arena = allocator.Arena;
        throw arena.NotifyFailed(new ArenaOutOfMemoryException(
            $"{allocator.Label} in arena '{arena.Name}' cannot serve {requestedBytes} bytes: {where}"
            + $"{why} ({arena.Sizes})",
            requestedBytes)
        {
            IsOfBudget = ReferenceEquals(why, PageStorage.BudgetIsSpent),
        });
    }

    /// <summary>Throws an exception that was caught, if there is one, with its original stack.</summary>
    public static void If(Exception? failure)
    {
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    [DoesNotReturn]
    public static void Disposed(string kind, string name) => throw new ObjectDisposedException($"{kind} '{name}'");
}
