using System.Numerics;
using Arena.Pools;

namespace Arena.Tests.Heaps;

/// <summary>A search passes over segments, however many there are and whatever their gaps look like.</summary>
public sealed unsafe class SegmentListTests : IDisposable
{
    private const int MostSteps = 100;

    // 1,000 gaps each.
    private const int Segments = 400;
    private const int SegmentGranules = Segment.Granules;

    private readonly PageArena _arena = new("many segments");
    private readonly SegmentList _list = new();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void What_fits_no_gap_but_the_last_is_found_in_a_few_steps() =>
        AssertFound(extentGranules: 66, gapGranules: 64, granules: 100, alignment: 1);

    [Fact]
    public void A_page_for_a_slab_is_found_among_gaps_that_are_longer_and_hold_none() =>
        AssertFound(extentGranules: 256, gapGranules: 256, granules: 256, alignment: 256, shift: 70);

    [Fact]
    public void And_so_are_two() =>
        AssertFound(extentGranules: 256, gapGranules: 768, granules: 512, alignment: 512, shift: 70);

    [Fact]
    public void An_alignment_that_no_bound_reports_of_is_found_too() =>
        AssertFound(extentGranules: 64, gapGranules: 64, granules: 40, alignment: 64, shift: 70);

    [Fact]
    public void The_lowest_segment_with_free_slots_is_found_in_a_few_steps()
    {
        for (var i = 0; i < Segments; i++)
            _list.Add(Take());
        _list.MakeAvailable(_list[Segments - 1], 3);
        Assert.True(_list.FirstAvailable(3) == _list[Segments - 1]);
        Assert.True(_list.FirstAvailable(4) == null);
        var before = _list.Steps;
        Assert.True(_list.FirstAvailable(3) == _list[Segments - 1]);
        Assert.InRange(_list.Steps - before, 1, MostSteps);
        _list.MakeAvailable(_list[70], 3);
        Assert.True(_list.FirstAvailable(3) == _list[70]);
        _list.MakeUnavailable(_list[70], 3);
        _list.Remove(_list[0]);
        Assert.True(_list.FirstAvailable(3) == _list[Segments - 2]);
    }

    // In all segments except the last one, the gaps have the given length, and begin so that they hold nothing aligned.
    private void AssertFound(int extentGranules, int gapGranules, int granules, int alignment, int shift = 0)
    {
        for (var i = 0; i < Segments; i++)
            _list.Add(Filled(extentGranules, gapGranules, shift));
        var last = Take();
        _list.Add(last);
        // The first search sees what the gaps are.
        Assert.True(_list.FindGap(granules, alignment, committedOnly: false, out var segment, out var place));
        Assert.True(segment == last, $"found in segment {segment->Index} at {place}");
        for (var i = 0; i < 20; i++)
        {
            segment->GiveUp(place);
            var before = _list.Steps;
            Assert.True(_list.FindGap(granules, alignment, committedOnly: false, out segment, out place));
            Assert.True(segment == last && place % alignment == 0);
            Assert.InRange(_list.Steps - before, 1, MostSteps);
        }
    }

    private Segment* Filled(int extentGranules, int gapGranules, int shift)
    {
        var segment = Take();
        var sizeClass = SizeClasses.ClassOf((nuint)(extentGranules * Segment.GranuleBytes));
        Assert.Equal(extentGranules, SizeClasses.GranulesOf(sizeClass));
        var granule = 0;
        Assert.True(segment->NextGap(ref granule, out var start, out _));
        // The first fills up to a page, the last to the end.
        var first = (start + 511 & -512) + shift;
        Put(segment, start, first - start);
        for (granule = first; granule + gapGranules + extentGranules <= SegmentGranules;)
        {
            granule += gapGranules;
            segment->PutExtent(granule, sizeClass);
            granule += extentGranules;
        }
        Put(segment, granule, SegmentGranules - granule);
        return segment;
    }

    // Up to 64 granules there is a class for each number of them.
    private static void Put(Segment* segment, int granule, int granules)
    {
        const int least = 33;
        for (var end = granule + granules; end - granule >= least;)
        {
            var part = end - granule <= 64 ? end - granule : Math.Clamp(end - granule - least, least, 64);
            segment->PutExtent(granule, SizeClasses.ClassOf((nuint)(part * Segment.GranuleBytes)));
            granule += part;
        }
    }

    private Segment* Take()
    {
        Assert.Null(_arena.LendAddresses(
            Segment.LargestBytes, Segment.LargestBytes, OwnerRegistry.UserBlock, out var block));
        var headerPages = Segment.HeaderPages(Segment.LargestBytes, isShared: false, PageArena.PageBytes);
        var headerBytes = (nuint)(BitOperations.PopCount(headerPages) * Segment.SlabPageBytes);
        Assert.Null(_arena.Commit(block.Address, headerBytes, OwnerRegistry.UserBlock, out _));
        Segment.Format((Segment*)block.Address, Segment.LargestBytes, null, isShared: false, headerPages);
        return (Segment*)block.Address;
    }
}
