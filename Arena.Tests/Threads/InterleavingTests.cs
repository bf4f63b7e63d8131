using Arena.Pools;
using Xunit.Abstractions;

namespace Arena.Tests.Threads;

/// <summary>
/// The protocol of frees by other threads (<see cref="RemoteFrees"/>, and the fast paths of <see cref="FastPath"/>) in
/// every order of its steps, with the owner's stores seen by others as late as processors allow.
/// </summary>
public sealed class InterleavingTests(ITestOutputHelper output) : ExploringTests(output)
{
    private static readonly Operation DrainLast = new(Act.Drain, IsLast: true);

    [Fact]
    public void Of_two_threads_that_free_the_same_place_one_is_reported()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(), Other(Free(0)), Other(Free(0)));
    }

    [Fact]
    public void The_owner_takes_what_is_freed_while_it_looks_or_the_next_time()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(Drain, Drain), Other(Free(0), Free(1)));
    }

    [Fact]
    public void Two_threads_and_the_owner_agree_on_one_place()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(Drain), Other(Free(0)), Other(Free(0)));
    }

    [Fact]
    public void Two_threads_and_the_owner_agree_on_neighbours()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(Drain), Other(Free(0)), Other(Free(1)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain), Other(Free(0)), Other(Free(2)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain), Other(Free(2)), Other(Free(3)));
    }

    [Fact]
    public void A_place_that_was_handed_out_again_is_not_freed_by_a_thread_that_looked_before()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(Drain, Allocate), Other(Free(0)), Other(Free(0)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain, Allocate, Drain), Other(Free(0), Free(0)), Other(Free(0)));
    }

    [Fact]
    public void An_owner_that_frees_and_allocates_and_one_other_thread_agree()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(FreeOwn(0), Allocate, Drain), Other(Free(0)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain, FreeOwn(0), Allocate, FreeOwn(0)), Other(Free(0)));
        Explore<ScheduledThreads>(new Scene(), Owner(FreeOwn(1), Allocate, Drain), Other(Free(0), Free(1)));
    }

    [Fact]
    public void An_owner_and_two_threads_that_free_the_same_place_at_once_agree()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(FreeOwn(0)), Other(Free(0)), Other(Free(0)));
        Explore<ScheduledThreads>(new Scene(), Owner(FreeOwn(0), Allocate), Other(Free(0)), Other(Free(1)));
    }

    [Fact]
    public void What_is_allocated_and_handed_over_can_be_freed_at_once()
    {
        Explore<ScheduledThreads>(
            new Scene(0), Owner(Allocate, new Operation(Act.Publish), Drain, Allocate),
            Other(new Operation(Act.Await), Free(0)));
        Explore<ScheduledThreads>(
            new Scene(0), Owner(Allocate, new Operation(Act.Publish), FreeOwn(1)),
            Other(new Operation(Act.Await), Free(0), Free(1)));
    }

    [Fact]
    public void A_new_owner_finds_what_was_reported_to_the_one_before()
    {
        Explore<ScheduledThreads>(
            new Scene(), new Plan(1, new Operation(Act.TakeOver), Drain, DrainLast), Other(Free(0), Free(2)));
        Explore<ScheduledThreads>(
            new Scene(), new Plan(1, new Operation(Act.TakeOver), Drain, DrainLast), Other(Free(0)), Other(Free(0)));
    }

    [Fact]
    public void Addresses_go_back_while_no_thread_looks_at_them()
    {
        var owner = new Plan(0, new Operation(Act.GiveBack));
        Explore<ScheduledThreads>(new Scene(), owner, Other(Visit(0), Visit(0)));
        Explore<ScheduledThreads>(new Scene(), owner, Other(Visit(0)), Other(Visit(1)));
    }

    [Fact]
    public void It_is_seen_if_addresses_go_back_without_a_fence() =>
        Fails<WithoutFence>(new Scene(), new Plan(0, new Operation(Act.GiveBack)), Other(Visit(0)));

    [Fact]
    public void It_is_seen_if_a_visit_is_said_after_the_segment_was_found() =>
        Fails<ScheduledThreads>(
            new Scene(), new Plan(0, new Operation(Act.GiveBack)), Other(new Operation(Act.FindThenVisit)));

    [Fact]
    public void It_is_seen_if_a_segment_is_hidden_after_the_visitors_were_awaited() =>
        Fails<ScheduledThreads>(new Scene(), new Plan(0, new Operation(Act.AwaitThenHide)), Other(Visit(0)));

    [Fact]
    public void It_is_seen_if_words_do_not_count_how_often_they_were_taken() =>
        Fails<WithoutVersions>(new Scene(), Owner(Drain), Other(Free(0)), Other(Free(0)));

    [Fact]
    public void It_is_seen_if_pending_bits_are_cleared_before_live_ones() =>
        Fails<PendingBeforeLive>(new Scene(), Owner(Drain), Other(Free(0)), Other(Free(0)));

    [Fact]
    public void It_is_seen_if_the_owner_lowers_after_it_looked() =>
        Fails<ScheduledThreads>(new Scene(), Owner(new Operation(Act.DrainThenLower)), Other(Free(0)));

    [Fact]
    public void It_is_seen_if_a_free_is_reported_from_above() =>
        Fails<ScheduledThreads>(new Scene(), Owner(Drain), Other(new Operation(Act.FreeNotifyingFromAbove)));

    [Fact]
    public void It_is_seen_if_a_new_owner_looks_before_it_is_one() =>
        Fails<ScheduledThreads>(
            new Scene(), new Plan(1, new Operation(Act.LookThenTakeOver), DrainLast), Other(Free(0)));

    private static Operation Drain => new(Act.Drain);

    private static Operation Allocate => new(Act.Allocate);

    private static Operation Visit(int visitor) => new(Act.Visit, visitor);

    private static Operation Free(int place) => new(Act.FreeRemotely, place);

    private static Operation FreeOwn(int place) => new(Act.FreeOwn, place);

    // At the end it takes everything.
    private static Plan Owner(params Operation[] operations) => new(0, [.. operations, DrainLast]);

    private static Plan Other(params Operation[] operations) => new(-1, operations);
}
