namespace Arena.Tests.Blocks;

public sealed class AmountTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1, "1 byte")]
    [InlineData(9_999, "9999 bytes")]
    [InlineData(10_000, "9.8 KiB")]
    [InlineData(1_048_524, "1023.9 KiB")]
    [InlineData(1_048_575, "1 MiB")]
    [InlineData(59_244_544, "56.5 MiB")]
    [InlineData(ulong.MaxValue, "16 EiB")]
    public void A_short_amount_is_exact_and_a_long_one_is_read_at_a_glance(ulong bytes, string text) =>
        Assert.Equal(text, Amount.Text((nuint)bytes));
}
