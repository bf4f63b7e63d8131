using System.Text;
using Arena.Pools;
using CsCheck;

namespace Arena.Tests.Pools;

public sealed class SlotLayoutTests
{
    [Fact]
    public void Of_117_byte_inodes_104_fit_into_3_pages_and_not_105()
    {
        var layout = SlotLayout.For(117, 1, 3 * 4096, 0);
        Assert.Equal(104, layout.SlotCount);
        Assert.Equal(13, layout.HeaderBytes);
        // 12,288 - 13 - 104 * 117. (The original text says 7.)
        Assert.Equal(107, layout.UnusedBytes);
    }

    [Fact]
    public Task Layouts_of_common_sizes_are_drawn()
    {
        var text = new StringBuilder();
        foreach (var bytes in new[] { 1, 8, 16, 64, 117, 256, 4096 })
        {
            var alignment = bytes == 117 ? 1 : Math.Min(bytes, 16);
            foreach (var slabBytes in new[] { 3 * 4096, 64 << 10 })
                text.Append(SlotLayout.For(bytes, alignment, slabBytes, 0).Draw());
        }
        return Verify(text.ToString());
    }

    [Fact]
    public Task Layouts_of_pools_are_drawn()
    {
        using var arena = new PageArena("test");
        var text = new StringBuilder();
        Draw<byte>();
        Draw<long>();
        Draw<Pair>();
        Draw<Line64>();
        Draw<Inode>();
        Draw<Bytes256>();
        Draw<Page4096>();
        return Verify(text.ToString());

        void Draw<T>()
            where T : unmanaged
        {
            using var pool = new Pool<T>(arena);
            text.Append($"{typeof(T).Name}: {pool.Layout}\n{pool.Layout.Draw()}");
        }
    }

    [Fact]
    public void No_layout_overlaps_and_none_wastes_a_slot() =>
        Gen.Select(Gen.Int[1, 5000], Gen.Int[0, 8], Gen.Int[1, 64], Gen.Int[0, 200]).Sample(
            (slotBytes, alignmentLog, pages, extra) =>
            {
                var alignment = 1 << alignmentLog;
                var slabBytes = pages * 4096;
                if (((long)slotBytes + alignment + extra + 1) * 2 > slabBytes)
                    return;
                var l = SlotLayout.For(slotBytes, alignment, slabBytes, extra);
                Assert.Equal(0, l.StrideBytes % alignment);
                Assert.InRange(l.StrideBytes, slotBytes, slotBytes + alignment - 1);
                Assert.Equal(0, l.HeaderBytes % alignment);
                Assert.True(l.HeaderBytes >= (l.SlotCount + 7) / 8 + extra);
                Assert.Equal(slabBytes, l.HeaderBytes + l.SlotCount * l.StrideBytes + l.UnusedBytes);
                // One slot more would not fit, with its bit and the padding in front.
                var header = ((l.SlotCount + 8) / 8 + extra + alignment - 1) / alignment * alignment;
                Assert.True(header + (l.SlotCount + 1L) * l.StrideBytes > slabBytes);
            });

    [Theory]
    [InlineData(0, 1, 4096, 0)]
    [InlineData(8, 0, 4096, 0)]
    [InlineData(8, 24, 4096, 0)]
    [InlineData(8, 8, 0, 0)]
    [InlineData(8, 8, 4096, -1)]
    [InlineData(4096, 1, 4096, 0)]
    [InlineData(int.MaxValue, 1, 4096, 0)]
    [InlineData(8, 8, 4096, int.MaxValue)]
    public void What_cannot_be_laid_out_is_refused(int slotBytes, int alignment, int slabBytes, int extraHeaderBytes) =>
        Assert.ThrowsAny<ArgumentException>(() => SlotLayout.For(slotBytes, alignment, slabBytes, extraHeaderBytes));

    [Fact]
    public void Geometry_finds_the_index_of_every_slot_and_of_nothing_else()
    {
        foreach (var slotBytes in new[] { 1, 2, 3, 8, 12, 24, 48, 64, 72, 117, 256, 1000, 4096 })
        {
            var geometry = new SlabGeometry(slotBytes, 1, 64 << 10, int.MaxValue, isSparse: false);
            var layout = geometry.Layout;
            for (var offset = 0; offset < layout.SlabBytes; offset++)
            {
                nuint index;
                unsafe
                {
                    index = geometry.IndexOf((byte*)0, (void*)(nuint)offset);
                }
                var inside = offset - layout.HeaderBytes;
                var starts = inside >= 0 && inside % slotBytes == 0 && inside / slotBytes < layout.SlotCount;
                Assert.Equal(starts, index < (nuint)geometry.SlotCount);
                Assert.True(!starts || index == (nuint)(inside / slotBytes));
            }
        }
    }
}
