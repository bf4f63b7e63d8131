using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

// The slow paths: observers, refusals, a full tree, and the memory below.
public sealed unsafe partial class BuddyAllocator
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateOrThrow(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        using var call = new ThreadCall(this);
        var region = TakeSlowly(byteCount, alignment, new SourceLine(file, line, member), out var refusal);
        if (region == null)
            ThrowOutOfMemory(byteCount, alignment, refusal);
        return region;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateSlowly(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        using var call = new ThreadCall(this);
        return TakeSlowly(byteCount, alignment, new SourceLine(file, line, member), out _);
    }

    private void* TakeSlowly(nuint byteCount, nuint alignment, in SourceLine caller, out string? refusal)
    {
        refusal = null;
        ThrowIfDisposed();
        alignment = alignment == 0 ? DefaultAlignment : alignment;
        if (!BitOperations.IsPow2(alignment))
            Align.ThrowInvalid(alignment);
        if (Guard is { } guard
            && TakesGuarded(
                guard, byteCount, nuint.Max(16, alignment), guard.PicksPages(), in caller, out var guarded,
                out refusal))
            return guarded;
        if (alignment > _baseAlignment || (refusal = WhyRefused(GrantedBytes(byteCount))) is not null)
            return null;
        var region = Take(_tree, byteCount, alignment);
        if (region != null)
            NotifyAllocated(region, GrantedBytes(_tree->OrderAt(region)), in caller);
        else
            Withdraw();
        return region;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(void* region, string file, int line, string member)
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        if (region == null)
            return;
        if (IsGuarded(region, out var guard))
        {
            Throw.If(FreeGuarded(guard, region, notifies: true, new SourceLine(file, line, member)));
            return;
        }
        var order = LiveOrderAt(region);
        var failure = NotifyFreed(region, GrantedBytes(order));
        _tree->Give(region, order);
        Throw.If(failure);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* ReallocateSlowly(void* region, nuint byteCount, string file, int line, string member)
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        if (region == null)
            return AllocateOrThrow(byteCount, DefaultAlignment, file, line, member);
        var caller = new SourceLine(file, line, member);
        if (IsGuarded(region, out var guard))
        {
            var moved = ResizeGuarded(guard, region, byteCount, in caller, out var none);
            if (moved == null)
                Throw.OutOfMemory(this, byteCount, none!);
            return moved;
        }
        var oldOrder = LiveOrderAt(region);
        var oldBytes = GrantedBytes(oldOrder);
        if (WhyGrowthRefused(oldBytes, GrantedBytes(byteCount)) is { } why)
            Throw.OutOfMemory(this, byteCount, why);
        if (!TryResize(_tree, region, byteCount))
            return Move(region, oldOrder, byteCount, in caller);
        var newBytes = GrantedBytes(_tree->OrderAt(region));
        if (NotifyResized(region, oldBytes, region, newBytes, in caller) is { } failure)
        {
            // The memory that it grew into, or left, is still beside it.
            TryResize(_tree, region, oldBytes);
            Throw.If(failure);
        }
        return region;
    }

    // Moves a region, which is only necessary to grow.
    private void* Move(void* region, int order, nuint byteCount, in SourceLine caller)
    {
        var target = Take(_tree, byteCount, DefaultAlignment);
        if (target == null)
        {
            Withdraw();
            ThrowOutOfMemory(byteCount, DefaultAlignment, null);
        }
        var (oldBytes, newBytes) = (GrantedBytes(order), GrantedBytes(_tree->OrderAt(target)));
        Buffer.MemoryCopy(region, target, oldBytes, oldBytes);
        if (NotifyResized(region, oldBytes, target, newBytes, in caller) is { } failure)
        {
            _tree->Give(target, _tree->OrderAt(target));
            Throw.If(failure);
        }
        _tree->Give(region, order);
        return target;
    }

    private nuint GrantedBytes(int order) => (nuint)1 << (order + _tree->AtomShift);

    // Returns the bytes of the region; a hopeless request is not rounded, because no region has its order.
    private nuint GrantedBytes(nuint byteCount) =>
        byteCount > CapacityBytes ? byteCount : GrantedBytes(_tree->OrderOf(Math.Max(byteCount, 1)));

    private int LiveOrderAt(void* region)
    {
        var order = _tree->OrderAt(region);
        if (order < 0)
            ThrowNoRegion(region);
        return order;
    }

    // Takes memory aligned to its largest region if possible, otherwise to less, and memory for the tree. Returns null,
    // or why it cannot.
    private string? Lend(nuint byteCount, nuint atomBytes, out Block memory, out Block treeMemory, out bool isZero)
    {
        memory = treeMemory = default;
        isZero = false;
        if (byteCount > Arena.ReservedBytes || atomBytes > Arena.ReservedBytes)
            return "the arena's reservation is smaller; a larger ReserveBytes helps";
        var atomCount = AtomCount(byteCount, atomBytes);
        if (atomCount > BuddyTree.MaximumAtoms)
            return $"{atomCount} minimum regions are too many; a larger minimumRegionBytes helps";
        var capacityBytes = atomCount * atomBytes;
        var alignment = (nuint)2 << BitOperations.Log2(capacityBytes);
        string? why;
        do
        {
            alignment >>= 1;
            why = Arena.Lend(capacityBytes, alignment, OwnerToken, out memory);
        }
        while (why is not null && alignment > PageAlignment);
        return why ?? Arena.Lend(BuddyTree.TreeBytes(atomCount), 0, OwnerToken, out treeMemory, out isZero);
    }

    [DoesNotReturn]
    private void ThrowOutOfMemory(nuint byteCount, nuint alignment, string? refusal) => Throw.OutOfMemory(
        this, byteCount, refusal ?? WhyNone(alignment));

    private string WhyNone(nuint alignment) => alignment > _baseAlignment
        ? $"its memory starts at 0x{(nuint)_tree->Base:x}, which is not aligned to {alignment}"
        : $"its largest free region has {LargestFreeBytes} bytes, its capacity is {CapacityBytes}";

    [DoesNotReturn]
    private void ThrowNoRegion(void* address)
    {
        var region = (byte*)_tree->RegionAround(address);
        var isInside = unchecked((nuint)address - (nuint)_tree->Base) < CapacityBytes;
        var why = region != null
            ? $"the address lies {(byte*)address - region} bytes inside the live region at 0x{(nuint)region:x}, which "
                + $"has {GrantedBytes(_tree->OrderAt(region))} bytes"
            : isInside ? "it was already freed before, or never allocated" : Arena.Describe(address);
        throw Arena.NotifyFailed(new InvalidFreeException(
            $"{Label} in arena '{Arena.Name}' has no live region at 0x{(nuint)address:x}: {why}.", (nuint)address));
    }
}
