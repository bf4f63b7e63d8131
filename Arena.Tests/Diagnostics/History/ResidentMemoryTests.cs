using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.History;

public sealed class ResidentMemoryTests
{
    [Theory]
    [InlineData("31416 2718 1414 1 0 99 0\n", 2718)]
    [InlineData("31416 2718", 2718)]
    [InlineData("31416", 0)]
    [InlineData("31416 x", 0)]
    [InlineData("", 0)]
    public void The_second_number_counts(string line, long pages) =>
        Assert.Equal(pages, ResidentMemory.Pages(System.Text.Encoding.ASCII.GetBytes(line)));

    [Fact]
    public void Pages_that_are_touched_become_resident()
    {
        const int bytes = 128 << 20;
        using var resident = new ResidentMemory();
        using var arena = new PageArena("touched");
        var before = resident.Read();
        arena.Allocate(bytes).AsSpan().Fill(1);
        Assert.InRange(resident.Read() - before, bytes / 2, long.MaxValue);
    }

    [Fact]
    public void Reading_makes_no_garbage()
    {
        if (OperatingSystem.IsMacOS())
            return;
        using var resident = new ResidentMemory();
        Assert.True(resident.Read() > 0);
        Assert.Equal(0, Garbage.Of(() => resident.Read()));
    }
}
