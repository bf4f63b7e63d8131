using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Tests.Heaps;

/// <summary>One segment against an array with a mark for every granule.</summary>
public sealed unsafe class SegmentTests : IDisposable
{
    private const int Pages = 512;
    private static readonly uint HeaderPages =
        Segment.HeaderPages(Segment.LargestBytes, isShared: false, PageArena.PageBytes);

    private readonly Segment* _segment =
        (Segment*)NativeMemory.AlignedAlloc(Segment.LargestBytes, Segment.LargestBytes);

    public void Dispose() => NativeMemory.AlignedFree(_segment);

    [Theory]
    [InlineData(2 << 20)]
    [InlineData(64 << 10)]
    public void A_new_segment_is_one_gap_behind_its_description(int byteCount)
    {
        Segment.Format(_segment, byteCount, null, isShared: false, HeaderPages);
        var granule = 0;
        Assert.True(_segment->NextGap(ref granule, out var start, out var end));
        Assert.InRange(start * 16, sizeof(Segment), sizeof(Segment) + 511);
        Assert.Equal(byteCount, end * 16);
        Assert.False(_segment->NextGap(ref granule, out _, out _));
        Assert.Equal(Math.Min(end - start, ushort.MaxValue), _segment->GapBound);
        Assert.True(_segment->IsEmpty);
    }

    [Fact]
    public void A_gap_is_found_to_its_last_granule_and_not_beyond()
    {
        Segment.Format(_segment, 64 << 10, null, isShared: false, HeaderPages);
        var end = (64 << 10) / 16;
        Assert.Equal(7 * 256, _segment->FindGap(end - 7 * 256, 256, committedOnly: false));
        _segment->GiveUp(7 * 256);
        Assert.Equal(-1, _segment->FindGap(end - 7 * 256 + 1, 256, committedOnly: false));
    }

    [Theory]
    [InlineData(1, 255)]
    [InlineData(2, 60)]
    [InlineData(3, 255)]
    [InlineData(4, 120)]
    public void Gaps_agree_with_an_array_of_granules(int seed, int largestClass)
    {
        Segment.Format(_segment, Segment.LargestBytes, null, isShared: false, HeaderPages);
        _segment->SetCommitted(0, Pages, true);
        var random = new Random(seed);
        var taken = new bool[Segment.Granules];
        taken.AsSpan(0, (sizeof(Segment) + 511) / 512 * 32).Fill(true);
        var things = new List<(int At, int Class, bool IsSlab)>();
        for (var step = 0; step < 30_000; step++)
        {
            var fills = random.Next(100) < (step / 4000 % 3) switch { 0 => 70, 1 => 40, _ => 52 };
            if (fills || things.Count == 0)
                Put(random, taken, things, largestClass, seed, step);
            else
                Remove(random, taken, things);
            if (step % 500 == 0)
                CompareGaps(taken, seed, step);
        }
        _segment->Validate();
        while (things.Count > 0)
            Remove(random, taken, things);
        CompareGaps(taken, seed, -1);
        Assert.True(_segment->IsEmpty);
    }

    [Fact]
    public void Only_committed_places_are_found_when_these_are_asked_for()
    {
        Segment.Format(_segment, Segment.LargestBytes, null, isShared: false, HeaderPages);
        Assert.Equal(-1, _segment->FindGap(300, 1, committedOnly: true));
        // Pages 20 and 21 are granules 5,120 to 5,631; an extent before them leaves a short gap in front.
        _segment->SetCommitted(20, 22, true);
        var sizeClass = SizeClasses.ClassOf(52 << 10);
        _segment->PutExtent(5130 - SizeClasses.GranulesOf(sizeClass), sizeClass);
        Assert.Equal(5130, _segment->FindGap(300, 1, committedOnly: true));
        _segment->GiveUp(5130);
        Assert.Equal(5130, _segment->FindGap(5632 - 5130, 1, committedOnly: true));
        _segment->GiveUp(5130);
        Assert.Equal(-1, _segment->FindGap(5632 - 5130 + 1, 1, committedOnly: true));
        Assert.Equal(5130, _segment->FindGap(5632 - 5130 + 1, 1, committedOnly: false));
    }

    [Fact]
    public void A_page_is_idle_when_it_was_seen_free_twice_and_not_used_between()
    {
        Segment.Format(_segment, Segment.LargestBytes, null, isShared: false, HeaderPages);
        _segment->SetCommitted(10, 20, true);
        var page = 10;
        Assert.False(_segment->NextIdleRun(ref page, 20, out _, out _));
        _segment->PutExtent(13 * 256 + 5, 40);
        _segment->RemoveExtent(13 * 256 + 5);
        page = 10;
        Assert.True(_segment->NextIdleRun(ref page, 20, out var first, out var end));
        Assert.Equal((10, 13), (first, end));
        Assert.True(_segment->NextIdleRun(ref page, 20, out first, out end));
        Assert.Equal((14, 20), (first, end));
        Assert.False(_segment->NextIdleRun(ref page, 20, out _, out _));
    }

    [Fact]
    public void A_slab_hands_out_every_slot_once_and_neighbours_in_time_from_different_words()
    {
        for (var sizeClass = 0; sizeClass < SizeClasses.FirstExtent; sizeClass++)
        {
            Segment.Format(_segment, Segment.LargestBytes, null, isShared: false, HeaderPages);
            var slab = _segment->FindGap(Segment.SlabGranules(sizeClass), Segment.SlabGranules(sizeClass), false);
            _segment->PutSlab(slab, sizeClass);
            Assert.False(IsAvailable(slab));
            Assert.True(_segment->MakeAvailable(slab, sizeClass));
            Assert.False(_segment->MakeAvailable(slab, sizeClass));
            Assert.True(IsAvailable(slab));
            var slots = new nuint[600];
            var count = _segment->TakeSlots(sizeClass, slots);
            Assert.False(IsAvailable(slab));
            var bytes = SizeClasses.BytesOf(sizeClass);
            Assert.Equal(Segment.SlabGranules(sizeClass) * 16 / bytes, count);
            Assert.False(_segment->HasAvailable(sizeClass));
            var offsets = slots[^count..].Select(slot => (int)(slot - (nuint)_segment) - slab * 16).ToArray();
            Assert.Equal(Enumerable.Range(0, count).Select(i => i * bytes), offsets.Order());
            if (bytes is 64 or 128)
                Assert.All(offsets.Skip(1).Zip(offsets), pair => Assert.NotEqual(pair.First >> 10, pair.Second >> 10));
        }
    }

    private bool IsAvailable(int slab) => Segment.IsAvailable(_segment, (nuint)slab * 16);

    private void Put(
        Random random, bool[] taken, List<(int At, int Class, bool IsSlab)> things, int largestClass, int seed,
        int step)
    {
        var isSlab = random.Next(3) == 0;
        var sizeClass = isSlab ? random.Next(32) : random.Next(32, largestClass + 1);
        var granules = isSlab ? Segment.SlabGranules(sizeClass) : SizeClasses.GranulesOf(sizeClass);
        var alignment = isSlab ? granules : random.Next(4) == 0 ? 1 << random.Next(13) : 1;
        var place = _segment->FindGap(granules, alignment, committedOnly: false);
        if (place < 0)
        {
            Assert.False(HasRoom(taken, granules, alignment), $"room was not found (seed {seed}, step {step})");
            return;
        }
        Assert.Equal(0, place % alignment);
        var span = taken.AsSpan(place, granules);
        Assert.False(span.Contains(true), $"the place is taken (seed {seed}, step {step})");
        if (random.Next(10) == 0)
        {
            _segment->GiveUp(place);
            return;
        }
        span.Fill(true);
        if (isSlab)
            _segment->PutSlab(place, sizeClass);
        else
            _segment->PutExtent(place, sizeClass);
        if (isSlab)
            _segment->MakeAvailable(place, sizeClass);
        things.Add((place, sizeClass, isSlab));
    }

    private void Remove(Random random, bool[] taken, List<(int At, int Class, bool IsSlab)> things)
    {
        var pick = random.Next(things.Count);
        var (at, sizeClass, isSlab) = things[pick];
        things[pick] = things[^1];
        things.RemoveAt(things.Count - 1);
        if (!isSlab)
        {
            _segment->RemoveExtent(at);
            taken.AsSpan(at, SizeClasses.GranulesOf(sizeClass)).Clear();
            return;
        }
        // All slabs of the class go, as nothing in them is live.
        for (var word = 0; word < Segment.SlabPageWords; word++)
            _segment->RemoveEmptySlabs(sizeClass, word, within: default, out _, out _);
        taken.AsSpan(at, Segment.SlabGranules(sizeClass)).Clear();
        foreach (var other in things.Where(thing => thing.IsSlab && thing.Class == sizeClass))
            taken.AsSpan(other.At, Segment.SlabGranules(sizeClass)).Clear();
        things.RemoveAll(thing => thing.IsSlab && thing.Class == sizeClass);
    }

    private void CompareGaps(bool[] taken, int seed, int step)
    {
        var granule = 0;
        var at = 0;
        while (_segment->NextGap(ref granule, out var start, out var end))
        {
            Assert.False(taken.AsSpan(at, start - at).Contains(false), $"a gap is missing (seed {seed}, step {step})");
            Assert.False(taken.AsSpan(start, end - start).Contains(true), $"no gap (seed {seed}, step {step})");
            at = end;
        }
        Assert.False(taken.AsSpan(at).Contains(false), $"a gap is missing (seed {seed}, step {step})");
    }

    private static bool HasRoom(bool[] taken, int granules, int alignment)
    {
        for (var at = 0; at + granules <= taken.Length; at += alignment)
        {
            var last = taken.AsSpan(at, granules).LastIndexOf(true);
            if (last < 0)
                return true;
            if (alignment == 1)
                at += last;
        }
        return false;
    }
}
