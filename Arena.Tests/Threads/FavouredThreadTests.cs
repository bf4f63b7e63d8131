namespace Arena.Tests.Threads;

/// <summary>
/// The thread that a guard of threads favours enters without an atomic operation: another one that enters meanwhile is
/// noticed all the same, and one that comes later is not mistaken for such a one.
/// </summary>
public sealed class FavouredThreadTests
{
    private const int Rounds = 20_000;

    private ThreadGuard _guard;
    private int _inside;

    [Fact]
    public void The_first_thread_is_favoured_at_once_and_a_later_one_after_a_while()
    {
        _guard = new ThreadGuard { ChecksAll = true };
        Assert.False(_guard.TryEnterFavoured());
        Call();
        Assert.True(_guard.TryEnterFavoured());
        Assert.True(_guard.TryEnter());
        _guard.Leave();
        Assert.True(_guard.IsOutermost);
        _guard.Leave();
        using var other = new OtherThread();
        var isFavoured = false;
        other.Call(() =>
        {
            Call();
            isFavoured = _guard.TryEnterFavoured();
            for (var i = 0; i < 1_000; i++)
                Call();
        });
        Assert.False(isFavoured);
        Assert.False(_guard.TryEnterFavoured());
        other.Call(() =>
        {
            isFavoured = _guard.TryEnterFavoured();
            _guard.Leave();
        });
        Assert.True(isFavoured);
        Assert.False(_guard.IsBroken);
    }

    [Fact]
    public void A_thread_is_favoured_only_while_all_calls_are_checked()
    {
        for (var i = 0; i < 1_000; i++)
            Call();
        Assert.False(_guard.TryEnterFavoured());
    }

    [Fact]
    public void A_broken_guard_favours_nobody()
    {
        _guard = new ThreadGuard { ChecksAll = true };
        Call();
        Assert.True(_guard.TryEnterFavoured());
        using var other = new OtherThread();
        var entered = true;
        other.Call(() => entered = _guard.TryEnter());
        Assert.False(entered);
        _guard.Leave();
        Assert.True(_guard.IsBroken);
        Assert.False(_guard.TryEnterFavoured());
    }

    // The favoured thread calls all the time; the other one comes at any moment of these calls.
    [Fact]
    public void Two_threads_are_never_both_inside_unnoticed()
    {
        var round = 0;
        var unnoticed = 0;
        using var both = new Barrier(2, _ =>
        {
            _guard = new ThreadGuard { ChecksAll = true };
            _inside = 0;
        });
        ThreadCrew.Run(2, number =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                both.SignalAndWait();
                if (number == 0)
                {
                    for (var call = 0; call < 50 && !_guard.IsBroken; call++)
                        Count(ref unnoticed);
                    continue;
                }
                Thread.SpinWait(i & 63);
                Count(ref unnoticed);
                Interlocked.Increment(ref round);
            }
        });
        Assert.Equal(Rounds, round);
        Assert.Equal(0, unnoticed);
    }

    private void Count(ref int unnoticed)
    {
        if (!_guard.TryEnter())
            return;
        if (Interlocked.Increment(ref _inside) != 1 && !_guard.IsBroken)
            Interlocked.Increment(ref unnoticed);
        Interlocked.Decrement(ref _inside);
        _guard.Leave();
    }

    private void Call()
    {
        Assert.True(_guard.TryEnter());
        _guard.Leave();
    }
}
