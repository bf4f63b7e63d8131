namespace Arena.Pools;

// The usual road of a guard: one slab, one thread, no observer.
public sealed unsafe partial class Pool<T>
{
    // Returns null if anything is unusual.
    private T* AllocateUsual(AllocatorGuard guard, in SourceLine caller)
    {
        if (_options.MaximumSlots != 0 || !_guard.TryEnterFavoured())
            return null;
        try
        {
            var slot = IsDisposed ? null : PopObserved();
            if (slot == null)
                return null;
            var listener = _listener;
            var place = (byte*)slot - _geometry.FrontBytes;
            var damage = listener is null
                ? guard.BeginUsual(place, _strideBytes, _geometry.FrontBytes, (nuint)sizeof(T), 0, 0, in caller)
                : BeginUsual(listener, guard, slot, in caller);
            if (damage is null)
                return (T*)slot;
            GiveBackPlace(place);
            throw Arena.NotifyFailed(damage);
        }
        finally
        {
            _guard.Leave();
        }
    }

    private MemoryCorruptionException? BeginUsual(
        ISlabListener listener, AllocatorGuard guard, void* slot, in SourceLine caller) => guard.BeginUsual(
        (byte*)slot - _geometry.FrontBytes, _strideBytes, _geometry.FrontBytes, (nuint)sizeof(T),
        (nuint)listener.ValueOffset, listener.GenerationOf(slot) + 1, in caller);

    // Returns false, with nothing done, if anything is unusual.
    private bool FreesUsual(AllocatorGuard guard, void* slot, in SourceLine caller)
    {
        if (!_guard.TryEnterFavoured())
            return false;
        try
        {
            if (IsDisposed)
                return false;
            return _listener is { } listener
                ? guard.TryFree(new ListenedPlaces(this, listener), (nuint)slot, _geometry.FrontBytes, in caller)
                : guard.TryFree(new GuardedPlaces(this), (nuint)slot, _geometry.FrontBytes, in caller);
        }
        finally
        {
            _guard.Leave();
        }
    }

    // Slots of other slabs than the one in use take longer to find. The state is in the fields of an observed pool.
    private bool IsLiveInSlab(nuint place, out uint number)
    {
        var slab = _slabInUse;
        number = 0;
        if (slab == null)
            return false;
        var slot = (byte*)place + _geometry.FrontBytes;
        var index = _geometry.IndexOf(slab, slot);
        if (index >= (nuint)_geometry.State(slab).SlotCount)
            return false;
        number = (uint)index;
        var word = index >> 6;
        var free = word == _word ? _observedBits : SlabGeometry.Words(slab)[word];
        return (free >> (int)index & 1) == 0 && _observedLast != ~(nuint)slot;
    }

    // Puts a slot of the slab in use, by its number there, into quarantine.
    private void BeginWait(uint number)
    {
        _version++;
        Guard!.Slots.Add((nuint)_slabInUse, _geometry.WordCount, (int)(number >> 6), 1UL << (int)number);
    }

    // Gives back a slot that left quarantine: to the slab in use, by its number there, if that is where it lies.
    private void EndWait(nuint place, uint number)
    {
        var slot = place + _geometry.FrontBytes;
        var slab = _slabInUse;
        if (number == WaitingPlace.NoNumber || slab == null || _geometry.SlabOf((void*)slot) != slab || !_isOpen
            || Paged is not null)
        {
            GiveBackPlace((void*)place);
            return;
        }
        _version++;
        var bit = 1UL << (int)number;
        Guard!.Slots.Remove((nuint)slab, (int)(number >> 6), bit);
        if (slot == _observedLast)
        {
            _observedLast = ~slot;
            return;
        }
        _otherSlab = slab;
        if (number >> 6 == _word)
            _observedBits |= bit;
        else if (IsAddress(_observedLast))
            _observedLast = ~slot;
        else
            SetFree(SlabGeometry.Words(slab) + (number >> 6), bit);
    }

    private readonly struct GuardedPlaces(Pool<T> pool) : IGuardedPlaces
    {
        public nuint KeptBytes => 0;

        public bool IsLive(nuint place, out uint number) => pool.IsLiveInSlab(place, out number);

        public uint MarkAt(nuint address) => 0;

        public void EndLife(nuint address, uint number, uint mark) => pool.BeginWait(number);

        public void GiveBack(nuint place, uint number) => pool.EndWait(place, number);
    }

    // Slots of a map, with a generation at their start.
    private readonly struct ListenedPlaces(Pool<T> pool, ISlabListener listener) : IGuardedPlaces
    {
        public nuint KeptBytes { get; } = (nuint)listener.ValueOffset;

        public bool IsLive(nuint place, out uint number) => pool.IsLiveInSlab(place, out number);

        public uint MarkAt(nuint address) => listener.GenerationOf((void*)address);

        public void EndLife(nuint address, uint number, uint mark)
        {
            if (mark != 0)
                listener.EndLife((void*)address, mark);
            pool.BeginWait(number);
        }

        public void GiveBack(nuint place, uint number) => pool.EndWait(place, number);
    }
}
