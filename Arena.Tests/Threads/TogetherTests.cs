using Arena.Pools;
using Xunit.Abstractions;

namespace Arena.Tests.Threads;

/// <summary>
/// Frees of many places of other threads in one call, those of a word in one atomic step
/// (<see cref="RemoteFrees.TryFreeTogether"/>), in every order of the steps. The places 0 and 1 share a word of pending
/// bits, 2 is in another one with the same word of live bits, and 3 shares nothing with them but the page.
/// </summary>
public sealed class TogetherTests(ITestOutputHelper output) : ExploringTests(output)
{
    private static readonly Operation DrainLast = new(Act.Drain, IsLast: true);

    [Fact]
    public void The_owner_takes_what_is_freed_together_while_it_looks_or_the_next_time()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(Drain, Drain), Other(Together(0, 1)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain), Other(Together(0, 1, 2)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain), Other(Together(0, 3)));
    }

    [Fact]
    public void Of_two_threads_that_free_a_place_one_is_reported_also_where_one_frees_it_among_others()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(), Other(Together(0, 1)), Other(Free(1)));
        Explore<ScheduledThreads>(new Scene(), Owner(), Other(Together(0, 1)), Other(Together(0, 1)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain), Other(Together(0, 1)), Other(Free(0)));
        Explore<ScheduledThreads>(new Scene(), Owner(), Other(Together(0, 2)), Other(Together(1, 2)));
    }

    [Fact]
    public void The_owner_and_a_thread_that_frees_together_agree()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(FreeOwn(1), Drain), Other(Together(0, 1)));
        Explore<ScheduledThreads>(new Scene(), Owner(FreeOwn(0), Allocate, Drain), Other(Together(0, 1)));
        Explore<ScheduledThreads>(new Scene(), Owner(Drain, FreeOwn(0), Allocate), Other(Together(0, 2)));
    }

    [Fact]
    public void A_place_that_was_handed_out_again_is_not_freed_by_a_call_that_looked_before()
    {
        Explore<ScheduledThreads>(new Scene(), Owner(Drain, Allocate), Other(Together(0, 1)), Other(Free(0)));
    }

    [Fact]
    public void A_new_owner_finds_what_was_freed_together_before()
    {
        Explore<ScheduledThreads>(
            new Scene(), new Plan(1, new Operation(Act.TakeOver), Drain, DrainLast), Other(Together(0, 1, 2)));
    }

    [Fact]
    public void It_is_seen_if_words_do_not_count_how_often_they_were_taken() =>
        Fails<WithoutVersions>(new Scene(), Owner(Drain), Other(Together(0, 1)), Other(Free(0)));

    [Fact]
    public void It_is_seen_if_pending_bits_are_cleared_before_live_ones() =>
        Fails<PendingBeforeLive>(new Scene(), Owner(Drain), Other(Together(0, 1)), Other(Free(0)));

    [Fact]
    public void It_is_seen_if_a_word_is_changed_that_is_not_what_it_was() =>
        Fails<WithoutComparison>(new Scene(), Owner(), Other(Together(0, 1)), Other(Together(0, 1)));

    [Fact]
    public void It_is_seen_if_the_live_bits_are_looked_at_once_alone() =>
        Fails<ScheduledThreads>(
            new Scene(), Owner(Drain), Other(Together(Act.FreeTogetherLookingOnce, 0, 1)), Other(Free(0)));

    [Fact]
    public void It_is_seen_if_only_the_first_place_is_looked_at() =>
        Fails<ScheduledThreads>(
            new Scene(), Owner(), Other(Together(Act.FreeTogetherLookingAtFirst, 0, 1)), Other(Free(1)));

    [Fact]
    public void It_is_seen_if_the_owner_is_notified_before_the_places_are_free() =>
        Fails<ScheduledThreads>(new Scene(), Owner(Drain), Other(Together(Act.NotifyThenFreeTogether, 0, 1)));

    [Fact]
    public void It_is_seen_if_the_owner_is_notified_of_the_first_word_alone() =>
        Fails<ScheduledThreads>(new Scene(), Owner(Drain), Other(Together(Act.FreeTogetherNotifyingOfFirst, 0, 2)));

    [Fact]
    public void It_is_seen_if_the_owner_is_notified_from_above() =>
        Fails<ScheduledThreads>(new Scene(), Owner(Drain), Other(Together(Act.FreeTogetherNotifyingFromAbove, 0, 1)));

    [Fact]
    public void It_is_seen_if_the_owner_lowers_after_it_looked() =>
        Fails<ScheduledThreads>(new Scene(), Owner(new Operation(Act.DrainThenLower)), Other(Together(0, 1)));

    /// <summary>
    /// Why a batch ends with the call: one that outlives it loses a double free by the owner, even if it may be
    /// reported late, and then frees what came next. See decision 8.
    /// </summary>
    [Fact]
    public void It_is_seen_if_a_free_is_kept_back_beyond_its_call() =>
        Fails<ScheduledThreads>(
            new Scene(), Owner(FreeOwn(0), Allocate, Drain),
            Other(new Operation(Act.KeepBack, 0), new Operation(Act.FreeKeptBack, 0)));

    private static Operation Drain => new(Act.Drain);

    private static Operation Allocate => new(Act.Allocate);

    private static Operation Free(int place) => new(Act.FreeRemotely, place);

    private static Operation FreeOwn(int place) => new(Act.FreeOwn, place);

    private static Operation Together(params int[] places) => Together(Act.FreeTogether, places);

    private static Operation Together(Act act, params int[] places) => new(act, places.Sum(place => 1 << place));

    // At the end it takes everything.
    private static Plan Owner(params Operation[] operations) => new(0, [.. operations, DrainLast]);

    private static Plan Other(params Operation[] operations) => new(-1, operations);
}
