namespace Arena.Pools;

// Sampling. Places move from the magazines to the counted ones, and what is left of these goes back to where it came
// from.
internal sealed unsafe partial class ThreadHeap
{
    private CountedPlaces? _counted;

    /// <summary>The places to hand out while allocations are sampled. It lives as long as the heap.</summary>
    public CountedPlaces Counted => _counted ??= new CountedPlaces(Fast);

    /// <summary>These places, or null if there never were any.</summary>
    public CountedPlaces? CountedIfMade => _counted;

    /// <summary>
    /// Takes a place of a class whose counted places are used up: counts the next allocations, and moves as many places
    /// from the magazine. Returns null if that is empty, or the allocation is to be sampled.
    /// </summary>
    public void* TakeReady(int sizeClass, GuardSampler sampler)
    {
        var ready = _magazines.CountOf(sizeClass);
        if (ready == 0 || _counted!.IsNextPicked(sizeClass))
            return null;
        var most = Math.Min(ready, CountedPlaces.CapacityOf(sizeClass));
        var count = sampler.Count(most);
        _counted.Put(sizeClass, _magazines.Entries(sizeClass)[^count..], isNextPicked: count < most);
        _magazines.Keep(sizeClass, ready - count);
        _magazines.NoteUse(sizeClass);
        return TakeCounted(sizeClass);
    }

    /// <summary>Counts one allocation; returns true if it is to be sampled.</summary>
    public bool CountOne(int sizeClass, GuardSampler sampler) =>
        _counted!.IsNextPicked(sizeClass) ? _counted.TakePick(sizeClass) : sampler.Count(1) == 0;

    /// <summary>Takes a place that is counted already; null if there is none.</summary>
    public void* TakeCounted(int sizeClass) =>
        FastPath.TryPop<OneThread>(_counted!.Fast, (nuint)sizeClass, out var place) ? place : null;

    /// <summary>Puts the counted places of all classes back where they came from.</summary>
    public void ReturnCounted()
    {
        for (var sizeClass = 0; _counted is not null && sizeClass < SizeClasses.Count; sizeClass++)
            ReturnCounted(sizeClass);
    }

    private void ReturnCounted(int sizeClass)
    {
        var places = _counted!.PlacesOf(sizeClass);
        _counted.Clear(sizeClass);
        if (places.IsEmpty)
            return;
        if (sizeClass < SizeClasses.FirstExtent)
            ReturnSlots(sizeClass, places);
        else
            ReturnExtents(places);
    }
}
