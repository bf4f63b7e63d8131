namespace Arena.Tests.Threads;

public sealed unsafe class PerThreadTests
{
    private readonly PerThread<object> _parts = new();

    [Fact]
    public void A_thread_keeps_its_part_and_the_next_one_gets_what_it_leaves()
    {
        var first = Claim();
        Assert.Same(first, Claim());
        var second = OtherThread.Run(Claim);
        Assert.NotSame(first, second);
        Assert.False(first.IsAbandoned);
        Assert.True(second.IsAbandoned);
        Assert.Null(OtherThread.Run(_parts.FindOwn));
        Assert.Same(second, OtherThread.Run(Claim));
        Assert.Equal([0, 1], _parts.Entries.ToArray().Select(entry => entry.Number));
    }

    [Fact]
    public void Parts_are_as_many_as_threads_that_live_at_once()
    {
        for (var round = 0; round < 5; round++)
        {
            var threads = Enumerable.Range(0, 8).Select(_ => new OtherThread()).ToArray();
            var own = threads.Select(thread => thread.Call(Claim)).ToArray();
            Assert.Equal(8, own.Distinct().Count());
            Array.ForEach(threads, thread => thread.Dispose());
        }
        Assert.Equal(8, _parts.Entries.Length);
    }

    [Fact]
    public void A_slot_is_the_threads_own_and_goes_to_whom_used_it_last()
    {
        var number = ThreadSlot.NextNumber();
        var others = Enumerable.Range(0, 64).Select(_ => ThreadSlot.NextNumber()).ToArray();
        Assert.Equal(65, others.Append(number).Distinct().Count());
        Assert.Equal(64, others.Select(other => (nint)ThreadSlot.Of(other)).Distinct().Count());
        Assert.True(ThreadSlot.Of(number) == ThreadSlot.Of(others[63]));
        ThreadSlot.Remember(number, 5);
        Assert.Equal((number, (nuint)5), (ThreadSlot.Of(number)->Number, ThreadSlot.Of(number)->Value));
        var mine = (nint)ThreadSlot.Of(number);
        Assert.NotEqual(mine, OtherThread.Run(() => (nint)ThreadSlot.Of(number)));
        ThreadSlot.Remember(others[63], 6);
        Assert.Equal((others[63], (nuint)6), (ThreadSlot.Of(number)->Number, ThreadSlot.Of(number)->Value));
    }

    [Fact]
    public void A_thread_that_has_remembered_nothing_finds_entries_of_no_allocator()
    {
        var numbers = Enumerable.Range(0, 64).Select(_ => ThreadSlot.NextNumber()).ToArray();
        foreach (var number in numbers)
            ThreadSlot.Remember(number, 7);
        OtherThread.Run(() =>
        {
            Assert.All(numbers, number => Assert.Equal(0u, ThreadSlot.Of(number)->Number));
            ThreadSlot.Remember(numbers[0], 8);
            Assert.All(numbers[1..], number => Assert.Equal(0u, ThreadSlot.Of(number)->Number));
            Assert.Equal((nuint)8, ThreadSlot.Of(numbers[0])->Value);
        });
        Assert.All(numbers, number => Assert.Equal((nuint)7, ThreadSlot.Of(number)->Value));
        Assert.NotEqual(ThreadSlot.None, ThreadSlot.Of(ThreadSlot.None)->Number);
    }

    private PerThread<object>.Entry Claim() => _parts.Claim(_ => new object());
}
