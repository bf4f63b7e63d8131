using Xunit.Abstractions;

namespace Arena.Tests.Threads;

/// <summary>
/// A thread that is out of memory takes what is free in the part of another one, whose fast path may be anywhere: in
/// every order of all accesses, those to the magazine included.
/// </summary>
public sealed class IdlePartTests(ITestOutputHelper output) : ExploringTests(output)
{
    private static readonly Operation TakeIdle = new(Act.TakeIdle);
    private static readonly Operation Allocate = new(Act.AllocateBeside);

    [Fact]
    public void A_place_goes_to_its_owner_or_to_who_takes_it()
    {
        Explore<ScheduledMagazines>(new Scene(0, 1, 2), Owner(Allocate, Allocate), Other(TakeIdle));
        Explore<ScheduledMagazines>(new Scene(0), Owner(Allocate, Free(0)), Other(TakeIdle));
        Explore<ScheduledMagazines>(new Scene(1, 2, 3), Owner(Free(0), Allocate), Other(TakeIdle));
        Explore<ScheduledMagazines>(new Scene(2, 3), Owner(Free(0), Free(1)), Other(TakeIdle));
    }

    [Fact]
    public void What_was_taken_once_is_settled_however_often_the_owner_is_stopped()
    {
        Explore<ScheduledMagazines>(new Scene(0, 1, 2), Owner(Allocate, Allocate), Other(TakeIdle, TakeIdle));
        Explore<ScheduledMagazines>(new Scene(0, 1), Owner(Allocate, Free(2)), Other(TakeIdle, TakeIdle));
    }

    [Fact]
    public void What_other_threads_have_freed_is_taken_with_its_page()
    {
        Explore<ScheduledMagazines>(new Scene(2, 3), Owner(Free(0)), Other(FreeRemotely(1)), Other(TakeIdle));
        Explore<ScheduledMagazines>(
            new Scene(1, 2), Owner(Allocate), Other(FreeRemotely(0), FreeRemotely(3)), Other(TakeIdle));
        Explore<ScheduledMagazines>(new Scene(), Owner(Free(0), Allocate), AllButFirst(TakeIdle));
    }

    [Fact]
    public void It_is_seen_if_the_owner_is_stopped_without_a_fence() =>
        Fails<MagazinesWithoutFence>(new Scene(0, 1, 2), Owner(Allocate, Allocate), Other(TakeIdle));

    [Fact]
    public void It_is_seen_if_a_free_clears_the_live_bit_first() =>
        Fails<LiveBeforeEntry>(new Scene(), Owner(Free(0), Allocate), AllButFirst(TakeIdle));

    [Fact]
    public void It_is_seen_if_the_entries_in_doubt_are_read_first() =>
        Fails<ScheduledMagazines>(
            new Scene(), Owner(Free(0), Allocate), AllButFirst(new Operation(Act.DoubtThenTakeIdle)));

    [Fact]
    public void It_is_seen_if_the_last_entry_is_taken() =>
        Fails<ScheduledMagazines>(
            new Scene(0, 1), Owner(Allocate, Allocate), Other(new Operation(Act.TakeIdleWithLast)));

    [Fact]
    public void It_is_seen_if_a_slow_path_does_not_say_that_it_is_inside() =>
        Fails<ScheduledMagazines>(
            new Scene(), Owner(new Operation(Act.FreeUnannounced), Allocate), AllButFirst(TakeIdle, TakeIdle));

    private static Operation Free(int place) => new(Act.FreeBeside, place);

    private static Operation FreeRemotely(int place) => new(Act.FreeRemotely, place);

    private static Plan AllButFirst(params Operation[] rest) =>
        Other([FreeRemotely(1), FreeRemotely(2), FreeRemotely(3), .. rest]);

    private static Plan Owner(params Operation[] operations) => new(0, operations);

    private static Plan Other(params Operation[] operations) => new(-1, operations);
}
