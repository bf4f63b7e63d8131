namespace Arena.Tests.Threads;

/// <summary>
/// The protocol by which a favoured thread enters its guard, in every order of the accesses of two threads: both are
/// never inside. Protocols that lack one of its parts fail, so this would be noticed.
/// </summary>
public sealed class FavourOrdersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Two_threads_are_never_both_inside(int calls)
    {
        var orders = new GuardOrders(calls);
        orders.Explore<Ordered>();
        Assert.Equal(0, orders.BothInsideCount);
        Assert.NotEqual(0, orders.RefusedCount);
        Assert.True(orders.StateCount > 100, $"{orders.StateCount} states");
    }

    [Fact]
    public void Without_the_fence_in_all_threads_both_are_inside()
    {
        var orders = new GuardOrders(1);
        orders.Explore<WithoutTheFence>();
        Assert.NotEqual(0, orders.BothInsideCount);
    }

    private readonly struct Ordered : GuardOrders.IOrderedSteps;

    private readonly struct WithoutTheFence : GuardOrders.IOrderedSteps
    {
        public static void FenceAll()
        {
        }
    }
}
