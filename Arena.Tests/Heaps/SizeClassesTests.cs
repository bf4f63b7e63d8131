using Arena.Pools;

namespace Arena.Tests.Heaps;

public sealed class SizeClassesTests
{
    [Fact]
    public void Every_request_gets_the_smallest_class_that_holds_it()
    {
        for (var bytes = 0; bytes <= SizeClasses.LargestBytes; bytes += bytes < 40_000 ? 1 : 13)
        {
            var sizeClass = SizeClasses.ClassOf((nuint)bytes);
            Assert.True(SizeClasses.BytesOf(sizeClass) >= bytes, $"{bytes} bytes");
            Assert.True(sizeClass == 0 || SizeClasses.BytesOf(sizeClass - 1) < bytes, $"{bytes} bytes");
        }
        Assert.Equal(SizeClasses.Count - 1, SizeClasses.ClassOf(SizeClasses.LargestBytes));
        Assert.Equal(SizeClasses.LargestBytes, SizeClasses.BytesOf(SizeClasses.Count - 1));
    }

    [Fact]
    public void Rounding_costs_16_bytes_or_a_32nd_and_above_16_KiB_a_16th()
    {
        for (var sizeClass = 1; sizeClass < SizeClasses.Count; sizeClass++)
        {
            var (below, bytes) = (SizeClasses.BytesOf(sizeClass - 1), SizeClasses.BytesOf(sizeClass));
            var step = Math.Max(16, bytes / (bytes <= 16 << 10 ? 32 : 16));
            Assert.InRange(bytes - below, 16, step);
            Assert.Equal(0, bytes % 16);
        }
    }

    [Fact]
    public void Slots_end_where_extents_begin_and_an_extent_is_longer_than_a_window()
    {
        Assert.Equal(SizeClasses.LargestSlotBytes, SizeClasses.BytesOf(SizeClasses.FirstExtent - 1));
        Assert.True(SizeClasses.GranulesOf(SizeClasses.FirstExtent) > Segment.WindowGranules);
    }
}
