using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Freeing values. The caller's line is loaded for the slow path only, so the fast path is a method of its own.
public sealed unsafe partial class HandleMap<T>
{
    // The generation takes 4 bytes, or the alignment of the value where that is more.
    int ISlabListener.ValueOffset => (sizeof(HandleSlot<T>) - sizeof(T)) & ~3;

    uint ISlabListener.GenerationOf(void* slot) => ((HandleSlot<T>*)slot)->Generation;

    void ISlabListener.EndLife(void* slot, uint generation) =>
        ((HandleSlot<T>*)slot)->Generation = generation + 1;

    void ISlabListener.GuardChanged(bool isGuarded)
    {
        _slowGeneration = isGuarded || ChecksThreads ? 0 : uint.MaxValue;
        Values?.GuardChanged();
    }

    /// <summary>
    /// True if a guard checks threads. One free of a slot is one call of the pool, which checks it; a store of values
    /// has more to change.
    /// </summary>
    internal bool ChecksThreads => Values is not null && _arena.GuardOfAll is { Options.ChecksThreads: true };

    /// <summary>Sets the store of its values, before the first one.</summary>
    internal void KeepValuesIn(IValueStore values)
    {
        Values = values;
        ((ISlabListener)this).GuardChanged(_pool.Guard is { KnowsSome: false });
    }

    /// <summary>Enters the pool for a call that changes more than it, and checks the thread.</summary>
    internal ThreadCall Call() => new(_pool);

    /// <summary>Throws that two threads used the map at the same time.</summary>
    [DoesNotReturn]
    internal void ThrowShared() => _pool.ThrowShared();

    /// <summary>Returns false, with nothing changed, also if the value must be freed on the slow path.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool FreeFast(Handle<T> handle)
    {
        var slot = Find(handle);
        if (slot == null || GoesSlowly(slot))
            return false;
        FreeFound(slot);
        return true;
    }

    /// <summary>
    /// True if a live slot must be freed on the slow path: its generations are used up, or there is a guard.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool GoesSlowly(HandleSlot<T>* slot) => slot->Generation >= _slowGeneration;

    /// <summary>Frees a live slot that does not need the slow path.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void FreeFound(HandleSlot<T>* slot)
    {
        slot->Generation++;
        _pool.Free(slot, "", 0, "");
    }

    // Handles that do not resolve, slots whose generations are used up, and every free while there is a guard.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FreeSlowly(Handle<T> handle, string file, int line, string member)
    {
        var slot = Find(handle);
        var isDamaged = slot == null && DamageOf(handle) is not null;
        if (slot == null && !isDamaged)
            return false;
        if (isDamaged)
            slot = SlotOf(handle.Index);
        if (handle.LiveGeneration == uint.MaxValue)
            Retire(slot, isDamaged);
        else if (_pool.Guard is { KnowsSome: false })
            _pool.FreeGuardedSlot(slot, file, line, member);
        else
            FreeFound(slot);
        return true;
    }

    // Retires a slot whose generation would repeat. It stays live in the pool, so it is never handed out again.
    private void Retire(HandleSlot<T>* slot, bool isDamaged)
    {
        var damage = _pool.Guard?.DamageAt((nuint)slot);
        _pool.Guard?.Drop((nuint)slot);
        slot->Generation = uint.MaxValue - 1;
        _retiredCount++;
        Throw.If(damage is null ? _pool.NotifyFreed(slot, _pool.ReportedBytes) : _arena.NotifyFailed(damage));
    }

    // Returns the damage that a guard finds if a handle does not resolve because its generation was overwritten.
    private MemoryCorruptionException? DamageOf(Handle<T> handle)
    {
        if (_pool.Guard is not { } guard || handle.LiveGeneration == 0)
            return null;
        var slot = SlotOf(handle.Index);
        return slot != null && guard.MarkOf((nuint)slot) == handle.LiveGeneration
            ? guard.DamageAt((nuint)slot)
            : null;
    }
}
