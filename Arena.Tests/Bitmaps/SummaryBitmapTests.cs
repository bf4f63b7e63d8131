namespace Arena.Tests.Bitmaps;

public sealed unsafe class SummaryBitmapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(31)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    [InlineData(1 << 18)]
    [InlineData((1 << 18) + 1)]
    [InlineData(1 << 20)]
    public void It_agrees_with_a_sorted_set(int bitCount)
    {
        using var words = new GuardedWords(SummaryBitmap.WordCount((nuint)bitCount));
        var bitmap = new SummaryBitmap(words.First, (nuint)bitCount);
        var random = new Random(bitCount);
        SortedSet<int> model = [];
        for (var step = 0; step < 20_000; step++)
        {
            var context = $"seed {bitCount}, step {step}";
            var number = random.Next(4) == 0 ? bitCount - 1 : random.Next(bitCount);
            // Now filling, now draining, so that summaries run full and empty.
            var removes = random.Next(100) < (step / 2000 % 2 == 0 ? 30 : 80);
            if (removes && model.Count > 0)
            {
                number = model.Contains(number) ? number : model.Min;
                model.Remove(number);
                Assert.True(bitmap.Remove((nuint)number) == (model.Count == 0), context);
            }
            else if (model.Add(number))
            {
                bitmap.Add((nuint)number);
            }
            Assert.True(bitmap.Contains((nuint)number) == model.Contains(number), context);
            Assert.True(bitmap.IsEmpty == (model.Count == 0), context);
            Assert.True(model.Count == 0 || bitmap.Lowest() == (nuint)model.Min, context);
        }
        for (var number = 0; number < bitCount; number++)
            Assert.Equal(model.Contains(number), bitmap.Contains((nuint)number));
        words.AssertUntouchedAround();
    }

    [Fact]
    public void A_full_bitmap_drains_in_ascending_order()
    {
        const int BitCount = 70_000;
        using var words = new GuardedWords(SummaryBitmap.WordCount(BitCount));
        var bitmap = new SummaryBitmap(words.First, BitCount);
        for (nuint number = BitCount; number > 0; number--)
            bitmap.Add(number - 1);
        for (nuint number = 0; number < BitCount; number++)
        {
            Assert.Equal(number, bitmap.Lowest());
            Assert.Equal(number == BitCount - 1, bitmap.Remove(number));
        }
        Assert.True(bitmap.IsEmpty);
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(4096, 64 + 2)]
    [InlineData(1 << 20, (1 << 14) + (1 << 9))]
    public void The_summaries_take_little_more_than_the_bits(int bitCount, int wordCount) =>
        Assert.Equal((nuint)wordCount, SummaryBitmap.WordCount((nuint)bitCount));

    private sealed class GuardedWords : IDisposable
    {
        private const ulong Guard = 0xFEED_FACE_CAFE_BEEF;

        private readonly nuint _wordCount;
        private readonly ulong* _words;

        public GuardedWords(nuint wordCount)
        {
            _wordCount = wordCount;
            _words = (ulong*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(wordCount + 2, sizeof(ulong));
            _words[0] = Guard;
            _words[wordCount + 1] = Guard;
        }

        public ulong* First => _words + 1;

        public void AssertUntouchedAround()
        {
            Assert.Equal(Guard, _words[0]);
            Assert.Equal(Guard, _words[_wordCount + 1]);
        }

        public void Dispose() => System.Runtime.InteropServices.NativeMemory.Free(_words);
    }
}
