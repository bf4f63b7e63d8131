namespace Arena.Tests.Threads;

/// <summary>
/// The protocol by which a favoured thread enters its guard, in every order of the accesses of two threads: both are
/// never inside. The same protocol without one of its parts lets both in, so these tests would notice its loss.
/// </summary>
public sealed class FavourOrdersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_threads_are_never_both_inside(int calls)
    {
        var orders = Explored<Ordered>(calls);
        Assert.Equal(0, orders.BothInsideCount);
        Assert.NotEqual(0, orders.RefusedCount);
        Assert.True(orders.StateCount > 50, $"{orders.StateCount} states");
    }

    [Fact]
    public void Without_the_fence_in_all_threads_both_are_inside() =>
        Assert.NotEqual(0, Explored<WithoutTheFence>(1).BothInsideCount);

    [Fact]
    public void If_the_other_thread_does_not_look_again_both_are_inside() =>
        Assert.NotEqual(0, Explored<WithoutTheOthersLook>(1).BothInsideCount);

    [Fact]
    public void If_the_favoured_thread_does_not_look_again_both_are_inside() =>
        Assert.NotEqual(0, Explored<WithoutTheFavouredLook>(1).BothInsideCount);

    private static GuardOrders Explored<TSteps>(int calls)
        where TSteps : struct, IGuardSteps
    {
        var orders = new GuardOrders(calls);
        orders.Explore<TSteps>();
        return orders;
    }

    private readonly struct Ordered : GuardOrders.IOrderedSteps;

    private readonly struct WithoutTheFence : GuardOrders.IOrderedSteps
    {
        public static void FenceAll()
        {
        }
    }

    // It takes for granted that favour has ended before the favoured thread entered.
    private readonly struct WithoutTheOthersLook : GuardOrders.IOrderedSteps
    {
        public static int Read(ref int word) => GuardOrders.Last == GuardOrders.Made.Fence
            ? GuardOrders.CurrentThread
            : GuardOrders.ReadInOrder(ref word);
    }

    // It takes for granted that it is still favoured once it has entered.
    private readonly struct WithoutTheFavouredLook : GuardOrders.IOrderedSteps
    {
        public static int Read(ref int word) => GuardOrders.Last == GuardOrders.Made.Entry
            ? GuardOrders.CurrentThread
            : GuardOrders.ReadInOrder(ref word);
    }
}
