namespace Arena.Tests.Threads;

public sealed unsafe class ThreadPartsTests
{
    private readonly ThreadParts<object> _parts = new();

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
    public void A_part_that_cannot_be_made_is_none()
    {
        var why = _parts.Claim((int number, out object? part) => Refuse(out part), out var own);
        Assert.Equal("no room", why);
        Assert.Null(own);
        Assert.Equal(0, _parts.Entries.Length);
        Assert.Equal(0, Claim().Number);
    }

    [Fact]
    public void A_slot_is_the_threads_own_and_goes_to_whom_used_it_last()
    {
        var number = ThreadSlot.NextNumber();
        Assert.True(ThreadSlot.Of(number) == ThreadSlot.Of(number + 64));
        Assert.True(ThreadSlot.Of(number) != ThreadSlot.Of(number + 1));
        var mine = (nint)ThreadSlot.Of(number);
        Assert.NotEqual(mine, OtherThread.Run(() => (nint)ThreadSlot.Of(number)));
        Assert.NotEqual(number, ThreadSlot.NextNumber());
        Assert.NotEqual(ThreadSlot.Nobody, ThreadSlot.Of(ThreadSlot.Nobody)->Number);
    }

    private static string Refuse(out object? part)
    {
        part = null;
        return "no room";
    }

    private ThreadParts<object>.Entry Claim()
    {
        Assert.Null(_parts.Claim(Make, out var own));
        return own!;
    }

    private static string? Make(int number, out object? part)
    {
        part = new object();
        return null;
    }
}
