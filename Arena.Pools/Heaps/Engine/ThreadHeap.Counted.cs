namespace Arena.Pools;

// Sampling. Places move from the magazines to the counted ones, and what is left of these goes back to where it came
// from.
internal sealed unsafe partial class ThreadHeap
{
    private CountedPlaces? _counted;

    /// <summary>The places to hand out while allocations are sampled. It lives as long as the heap.</summary>
    public CountedPlaces Counted => _counted ??= new CountedPlaces(Fast);

    /// <summary>
    /// Counts the next allocations of a class whose counted places are used up, and moves as many from its magazine.
    /// </summary>
    /// <returns>True if the allocation that asks is to be sampled.</returns>
    public bool CountNext(int sizeClass, GuardSampler sampler)
    {
        var counted = Counted;
        if (counted.PlacesOf(sizeClass).Length != 0)
            return false;
        if (counted.TakePick(sizeClass))
            return true;
        // If the magazine is empty, the caller fills it and takes one.
        var ready = _magazines.Entries(sizeClass);
        var most = Math.Min(ready.Length, CountedPlaces.CapacityOf(sizeClass));
        var count = sampler.Count(Math.Max(most, 1));
        if (most == 0 || count == 0)
            return count == 0;
        _magazines.NoteUse(sizeClass);
        counted.Put(sizeClass, ready[^count..], isNextPicked: count < most);
        _magazines.Keep(sizeClass, ready.Length - count);
        return false;
    }

    /// <summary>Takes a place that <see cref="CountNext"/> counted; null if it is to be taken otherwise.</summary>
    public void* TakeCounted(int sizeClass) =>
        FastPath.TryPop<OneThread>(Counted.Fast, (nuint)sizeClass, out var place) ? place : null;

    /// <summary>Puts the counted places of all classes back where they came from.</summary>
    public void ReturnCounted()
    {
        for (var sizeClass = 0; _counted is not null && sizeClass < SizeClasses.Count; sizeClass++)
            ReturnCounted(sizeClass);
    }

    private void ReturnCounted(int sizeClass)
    {
        var places = _counted!.PlacesOf(sizeClass);
        if (sizeClass < SizeClasses.FirstExtent)
            ReturnSlots(sizeClass, places);
        else
            ReturnExtents(places);
        _counted.Clear(sizeClass);
    }
}
