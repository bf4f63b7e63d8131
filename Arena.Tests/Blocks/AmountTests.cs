namespace Arena.Tests.Blocks;

public sealed class AmountTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1, "1 byte")]
    [InlineData(1_023, "1023 bytes")]
    [InlineData(5_656, "5.52 KiB")]
    [InlineData(57_856, "56.5 KiB")]
    [InlineData(1_047_552, "1023 KiB")]
    [InlineData(1_048_575, "1 MiB")]
    [InlineData(59_244_544, "56.5 MiB")]
    [InlineData(ulong.MaxValue, "16 EiB")]
    public void A_short_amount_is_exact_and_a_long_one_is_read_at_a_glance(ulong bytes, string text) =>
        Assert.Equal(text, Amount.Text((nuint)bytes));
}
