using Arena.Pools;

namespace Arena.Tests.Heaps;

/// <summary>
/// No single call works in proportion to the heap: what a call looks at and commits is counted, in a heap where a round
/// over everything is many times what one call may do.
/// </summary>
public sealed unsafe class HeapWorkTests : IDisposable
{
    private const int Count = 600_000;

    // Twice the work of a step: it ends with the word of pages at which its work is spent.
    private const long MostSteps = 2 * 2048 + 512;

    // A refill looks at 48 slabs, each found in a chunk and a row or two.
    private const long MostStepsOfRefill = 48 * 4;

    // A segment, or a step of growth, which ends with one, and tables.
    private const nuint MostCommittedBytes = Segment.LargestBytes + (128 << 10);

    private readonly PageArena _arena = new("work");
    private readonly Heap _heap;
    private readonly Random _random = new(7);

    public HeapWorkTests() => _heap = new Heap(_arena);

    public void Dispose()
    {
        _heap.IgnoreLeaks = true;
        _arena.Dispose();
    }

    [Fact]
    public void An_allocation_that_passes_all_fragmented_slabs_does_a_step_of_work()
    {
        Fragment();
        var before = _heap.SearchSteps;
        for (var i = 0; i < Count / 16; i++)
            Play(() => _heap.Allocate((nuint)_random.Next(600, 4000)));
        Assert.True(_heap.SearchSteps - before > 10 * MostSteps, "there were rounds of many steps");
    }

    [Fact]
    public void A_free_that_finds_its_magazine_full_and_a_step_of_a_trim_do_a_step_of_work()
    {
        var live = Fragment();
        var before = _heap.SearchSteps;
        for (var i = 0; i < 64 * 8; i++)
            Play(() => _heap.TrimStep(16));
        Assert.True(_heap.SearchSteps - before > 2 * MostSteps, "a round looks at all slabs");
        foreach (var address in live)
            Play(() => _heap.Free((void*)address));
    }

    [Fact]
    public void A_refill_looks_at_few_of_many_slabs_with_one_free_slot_each()
    {
        const int slots = 64;
        var all = new nint[slots * 4096];
        foreach (ref var address in all.AsSpan())
            address = (nint)_heap.Allocate(64);
        for (var i = 0; i < all.Length; i += slots)
            _heap.Free((void*)all[i]);
        var (before, taken) = (_heap.SearchSteps, 0);
        for (; _heap.SearchSteps - before < 3000; taken++)
        {
            var steps = _heap.SearchSteps;
            _heap.Allocate(64);
            Assert.InRange(_heap.SearchSteps - steps, 0, MostStepsOfRefill);
        }
        Assert.InRange(taken, 900, all.Length);
    }

    [Fact]
    public void A_round_of_steps_finds_what_a_trim_finds()
    {
        var live = Fragment();
        foreach (var address in live)
            _heap.Free((void*)address);
        var committed = _heap.CommittedBytes;
        // All slabs are empty: their pages serve larger sizes before the heap grows by much.
        for (nuint taken = 0; taken < committed / 2; taken += 4000)
            _heap.Allocate(4000);
        Assert.InRange(_heap.CommittedBytes, committed / 2, committed + committed / 16);
    }

    // One small allocation in sixteen stays, and hardly a slab is empty.
    private List<nint> Fragment()
    {
        var all = new nint[Count];
        foreach (ref var address in all.AsSpan())
            address = (nint)_heap.Allocate((nuint)_random.Next(16, 192));
        _random.Shuffle(all);
        foreach (var address in all.AsSpan(Count / 16))
            _heap.Free((void*)address);
        return [.. all.AsSpan(0, Count / 16)];
    }

    private void Play(Action call)
    {
        var (steps, committed) = (_heap.SearchSteps, _arena.CommittedBytes);
        call();
        Assert.InRange(_heap.SearchSteps - steps, 0, MostSteps);
        Assert.True(_arena.CommittedBytes <= committed + MostCommittedBytes);
    }
}
