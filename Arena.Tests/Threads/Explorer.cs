using System.Numerics;
using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>
/// Runs some threads in every order of their accesses, and with every delay of their stores, and asks of each order
/// whether the results that the threads got can be explained; see <see cref="Explanation"/>.
/// </summary>
/// <remarks>Orders that come to the same state go on together: they are counted, and walked once.</remarks>
internal sealed class Explorer<TThreads>(Scene scene, params Plan[] plans)
    where TThreads : struct, IThreads
{
    private readonly Dictionary<string, BigInteger> _schedules = [];
    private readonly HashSet<string> _explained = [];

    public int StateCount => _schedules.Count;

    /// <summary>Different outcomes: results, and which operations were over before others began.</summary>
    public int OutcomeCount => _explained.Count;

    /// <summary>Walks all orders.</summary>
    /// <returns>The number of orders.</returns>
    public BigInteger Explore() => Explore(new State
    {
        Words = scene.Initial(),
        Results = [.. plans.Select(_ => Array.Empty<ulong>())],
        Buffers = [.. plans.Select(_ => Array.Empty<Store>())],
        Ends = new int[]?[plans.Length],
        Before = new ulong[plans.Length * State.OperationsPerThread],
    });

    private BigInteger Explore(State state)
    {
        var key = state.Key();
        if (_schedules.TryGetValue(key, out var schedules))
            return schedules;
        var isEnd = true;
        for (var thread = 0; thread < plans.Length; thread++)
        {
            foreach (var next in new[]
            {
                Turn.Take<TThreads>(state, thread, plans[thread], scene), Turn.Flush(state, thread),
            })
            {
                if (next is null)
                    continue;
                isEnd = false;
                schedules += Explore(next);
            }
        }
        if (isEnd)
        {
            Check(state);
            schedules = 1;
        }
        _schedules.Add(key, schedules);
        return schedules;
    }

    private void Check(State end)
    {
        if (end.Ends.Contains(null))
            throw new UnexplainedException($"A thread waits for ever:\n{end.Schedule()}");
        var events = Events(end);
        if (!_explained.Add(string.Join(' ', events)))
            return;
        for (var place = 0; place < Scene.PlaceCount; place++)
        {
            if (!new Explanation(events, place, scene.IsLive(place)).Exists())
            {
                throw new UnexplainedException(
                    $"No order of operations explains place {place}:\n{string.Join('\n', events)}\n{end.Schedule()}");
            }
        }
    }

    private Event[] Events(State end)
    {
        var events = new List<Event>();
        for (var thread = 0; thread < plans.Length; thread++)
        {
            for (var i = 0; i < plans[thread].Operations.Length; i++)
            {
                var number = thread * State.OperationsPerThread + i;
                var own = ((1UL << i) - 1) << (thread * State.OperationsPerThread);
                var before = end.Before[number] | own;
                // A step that never touched a shared word did nothing to it.
                if ((end.Started >> number & 1) != 0)
                    events.Add(new Event(number, plans[thread].Operations[i], end.Ends[thread]![i], before));
            }
        }
        return [.. events];
    }
}

/// <summary>An operation as it was seen from outside.</summary>
/// <param name="Number">The number of the operation's bit.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Result">The operation's result.</param>
/// <param name="Before">The bits of operations that were over before it started.</param>
internal readonly record struct Event(int Number, Operation Operation, int Result, ulong Before);

internal sealed class UnexplainedException(string message) : Exception(message);
