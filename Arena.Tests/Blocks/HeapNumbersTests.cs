namespace Arena.Tests.Blocks;

/// <summary>No two heaps have a number with the same generation, and the same arena gets the same ones again.</summary>
public sealed class HeapNumbersTests
{
    private readonly HeapNumbers.Shared _all = new();

    [Fact]
    public void Numbers_of_two_arenas_are_never_equal()
    {
        HashSet<uint> seen = [];
        HeapNumbers[] arenas = [new(7, _all), new(7, _all), new(uint.MaxValue, _all)];
        for (var i = 0; i < HeapNumbers.Most; i++)
            Assert.True(seen.Add(arenas[i % arenas.Length].Take(out _)));
        Assert.Equal(HeapNumbers.Most, seen.Count);
        Assert.DoesNotContain(0u, seen);
        Assert.Equal(0u, arenas[0].Take(out _));
    }

    [Fact]
    public void An_arena_that_comes_later_begins_above_all_generations()
    {
        var former = new HeapNumbers(0, _all);
        var all = Enumerable.Range(0, HeapNumbers.Most).Select(_ => former.Take(out var _)).ToArray();
        for (var i = 0; i < all.Length; i++)
            former.GiveBack(all[i], (uint)i % 100 + 5);
        var number = former.Take(out var second);
        Assert.True(second > 5);
        former.GiveBack(number, second + 1000);
        former.Release();
        var next = new HeapNumbers(99, _all);
        var taken = next.Take(out var first);
        Assert.Equal(6u, first);
        Assert.NotEqual(number, taken);
        for (var i = 1; i < HeapNumbers.Most; i++)
        {
            if (next.Take(out first) == number)
                Assert.Equal(second + 1001, first);
        }
    }

    [Fact]
    public void A_number_that_is_worn_is_not_used_again()
    {
        var numbers = new HeapNumbers(0, _all);
        var worn = numbers.Take(out _);
        numbers.GiveBack(worn, (1u << HeapNumbers.GenerationBits) - 1);
        Assert.NotEqual(worn, numbers.Take(out _));
        numbers.Release();
        var next = new HeapNumbers(0, _all);
        for (var number = next.Take(out _); number != 0; number = next.Take(out _))
            Assert.NotEqual(worn, number);
    }

    [Fact]
    public void An_arena_that_went_back_gets_the_same_ones_again_and_no_other_arena_does()
    {
        using var state = new StateStream();
        var arena = new HeapNumbers(0, _all);
        var other = new HeapNumbers(0, _all);
        var stays = arena.Take(out _);
        state.BeginSaving();
        arena.KeepState(state);
        var undone = (arena.Take(out var first), first);
        arena.Note(undone.Item1, 500);
        arena.GiveBack(stays, 77);
        state.BeginRestoring();
        arena.KeepState(state);
        var others = Enumerable.Range(0, 100).Select(_ => other.Take(out var _)).ToArray();
        Assert.DoesNotContain(undone.Item1, others);
        Assert.DoesNotContain(stays, others);
        Assert.Equal(undone, (arena.Take(out first), first));
        // The generations of what was undone are known when the number goes to another arena.
        arena.Release();
        var later = new HeapNumbers(0, _all);
        for (var number = later.Take(out first); number != 0; number = later.Take(out first))
        {
            if (number == undone.Item1)
                Assert.Equal(501u, first);
            else if (number == stays)
                Assert.Equal(78u, first);
        }
    }

    [Fact]
    public void A_state_of_another_process_is_taken_unless_another_arena_has_the_number()
    {
        using var state = new StateStream();
        var theirs = new HeapNumbers(40, new HeapNumbers.Shared());
        var number = theirs.Take(out _);
        state.BeginSaving();
        theirs.KeepState(state);
        var next = theirs.Take(out _);

        var own = new HeapNumbers(9000, _all);
        var mine = own.Take(out _);
        state.BeginRestoring();
        own.KeepState(state);
        Assert.DoesNotContain(number, Enumerable.Range(0, 50).Select(_ => new HeapNumbers(39, _all).Take(out var _)));

        var third = new HeapNumbers(0, _all);
        state.BeginRestoring();
        var failure = Assert.Throws<InvalidOperationException>(() => third.KeepState(state));
        Assert.Contains($"number {number}", failure.Message, StringComparison.Ordinal);
        Assert.NotEqual(mine, next);
    }
}
