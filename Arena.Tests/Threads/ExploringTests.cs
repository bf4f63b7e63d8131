using System.Numerics;
using Arena.Pools;
using Xunit.Abstractions;

namespace Arena.Tests.Threads;

/// <summary>Walks every order of the accesses of some threads; see <see cref="Explorer{TThreads}"/>.</summary>
public abstract class ExploringTests(ITestOutputHelper output)
{
    /// <summary>Every order can be explained.</summary>
    private protected void Explore<TThreads>(Scene scene, params Plan[] plans)
        where TThreads : struct, IThreads
    {
        using var used = scene;
        var explorer = new Explorer<TThreads>(scene, plans);
        var schedules = explorer.Explore();
        output.WriteLine(
            $"{schedules:e2} schedules, {explorer.StateCount} states, {explorer.OutcomeCount} outcomes");
        Assert.True(schedules > BigInteger.One);
        Assert.True(explorer.OutcomeCount > 1);
    }

    /// <summary>An order is found that cannot be explained, because something is broken on purpose.</summary>
    private protected static void Fails<TThreads>(Scene scene, params Plan[] plans)
        where TThreads : struct, IThreads
    {
        using var used = scene;
        Assert.Throws<UnexplainedException>(() => { new Explorer<TThreads>(scene, plans).Explore(); });
    }
}
