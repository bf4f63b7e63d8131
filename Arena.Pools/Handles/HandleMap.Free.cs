using System.Runtime.CompilerServices;

namespace Arena.Pools;

// How values are freed. The caller's line is loaded for the slow path only, so the fast one is a call of its own.
public sealed unsafe partial class HandleMap<T>
{
    // The generation takes 4 bytes, or the alignment of the value where that is more.
    int ISlabListener.ValueOffset => (sizeof(HandleSlot<T>) - sizeof(T)) & ~3;

    uint ISlabListener.GenerationOf(void* slot) => ((HandleSlot<T>*)slot)->Generation;

    void ISlabListener.EndLife(void* slot, uint generation) =>
        ((HandleSlot<T>*)slot)->Generation = generation + 1;

    void ISlabListener.GuardChanged(bool isGuarded) => _slowGeneration = isGuarded ? 0 : uint.MaxValue;

    /// <summary>False, and nothing changed, also where the value must be freed slowly.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool FreeFast(Handle<T> handle)
    {
        var slot = Find(handle);
        if (slot == null || GoesSlowly(slot))
            return false;
        FreeFound(slot);
        return true;
    }

    /// <summary>Whether a live slot must be freed slowly: it is worn out, or there is a guard.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool GoesSlowly(HandleSlot<T>* slot) => slot->Generation >= _slowGeneration;

    /// <summary>Frees a live slot that does not go slowly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void FreeFound(HandleSlot<T>* slot)
    {
        slot->Generation++;
        _pool.Free(slot, "", 0, "");
    }

    // A handle that does not resolve, a slot that is worn out, and everything while there is a guard.
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
        else if (_pool.Guard is not null)
            _pool.FreeGuardedSlot(slot, file, line, member);
        return true;
    }

    // Its generation would repeat. The pool goes on taking it for live, so that it is never handed out again.
    private void Retire(HandleSlot<T>* slot, bool isDamaged)
    {
        var damage = _pool.Guard?.DamageAt((nuint)slot);
        _pool.Guard?.Drop((nuint)slot);
        slot->Generation = uint.MaxValue - 1;
        _retiredCount++;
        Throw.If(damage is null ? _pool.NotifyFreed(slot, _pool.ReportedBytes) : _arena.NotifyFailed(damage));
    }

    // What a guard finds where a handle should resolve and does not, because its generation was overwritten.
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
