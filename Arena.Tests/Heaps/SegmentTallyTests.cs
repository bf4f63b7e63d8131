using Arena.Pools;

namespace Arena.Tests.Heaps;

public sealed class SegmentTallyTests
{
    [Fact]
    public void Counts_beyond_what_an_int_holds_are_its_largest_value_and_never_negative()
    {
        var tally = new SegmentTally { Classes = new SizeClassUse[SizeClasses.Count] };
        tally.Add(0, int.MaxValue, 5);
        tally.Add(0, 1, int.MaxValue);
        Assert.Equal(1L << 31, tally.LiveCount);
        Assert.Equal((nuint)16 << 31, tally.LiveBytes);
        Assert.Equal(int.MaxValue, SegmentTally.Clamp(tally.LiveCount));
        Assert.Equal(int.MaxValue, tally.Classes[0].LiveCount);
        Assert.Equal(int.MaxValue, tally.Classes[0].FreeCount);
    }
}
