namespace Arena.Tests.History;

/// <summary>The sum of live bytes is the same in whatever parts it is taken, and in vectors of any width.</summary>
public sealed unsafe class WordSumsTests
{
    private const int Bytes = 1000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sum_is_that_of_its_words(bool comparesAddresses)
    {
        using var arena = new PageArena("sums") { IgnoreLeaks = true };
        var start = (byte*)arena.Allocate(Bytes).Address;
        var random = new Random(3);
        random.NextBytes(new Span<byte>(start, Bytes));
        for (var at = 0; at < Bytes; at += 24)
            *(nuint*)(start + at) = (nuint)start + (nuint)at * 64;
        var sums = new WordSums(arena.BaseAddress, comparesAddresses ? 0 : arena.ReservedBytes);
        for (var trial = 0; trial < 500; trial++)
        {
            var from = random.Next(Bytes / 2);
            var end = from + random.Next(Bytes - from) + 1;
            var expected = 0UL;
            for (int at = from, next; at < end; at = next)
            {
                next = Math.Min(end, (at | 7) + 1);
                expected = unchecked(expected + sums.Of(start + at, start + next));
            }
            Assert.Equal(expected, sums.Of(start + from, start + end));
        }
    }
}
