using System.Runtime.CompilerServices;
using System.Text;

namespace Arena.Tests.Threads;

/// <summary>
/// Two threads that enter and leave one guard of threads, the first of them favoured, in every order of their accesses
/// and with every delay of their stores. A thread's code runs from the beginning for each step, with the results of its
/// accesses so far given to it again, as in <see cref="Turn"/>.
/// </summary>
internal sealed class GuardOrders(int calls)
{
    public const int Favoured = 1;

    private const int Other = 2;

    [ThreadStatic]
    private static GuardOrders? current;

    private readonly HashSet<string> _known = [];
    private ThreadGuard _guard;

    // The state of the step that runs.
    private int _thread;
    private int[] _words = [];
    private List<(int Word, int Value)>[] _buffers = [];
    private List<int> _results = [];
    private int _next;
    private bool _isDone;
    private bool _isInside;
    private Made _last;

    /// <summary>States in which both threads were inside.</summary>
    public int BothInsideCount { get; private set; }

    /// <summary>States in which one of them was refused.</summary>
    public int RefusedCount { get; private set; }

    public int StateCount => _known.Count;

    /// <summary>The number of the thread whose step this is.</summary>
    public static int CurrentThread => current!._thread == 0 ? Favoured : Other;

    /// <summary>The last access of that thread.</summary>
    public static Made Last => current!._last;

    public void Explore<TSteps>()
        where TSteps : struct, IGuardSteps
    {
        current = this;
        // The words are the two that the first call writes: its number, as the one inside and as the favoured one.
        Explore<TSteps>(new Position([0, Favoured], [[], []], [[], []], [false, false]));
    }

    private void Explore<TSteps>(Position from)
        where TSteps : struct, IGuardSteps
    {
        if (!_known.Add(from.Key()))
            return;
        if (from.Inside[0] && from.Inside[1])
            BothInsideCount++;
        for (var thread = 0; thread < 2; thread++)
        {
            if (Step<TSteps>(from, thread) is { } next)
                Explore<TSteps>(next);
            if (from.Buffers[thread].Count != 0)
                Explore<TSteps>(Flushed(from, thread));
        }
    }

    private static Position Flushed(Position from, int thread)
    {
        var next = from.Copy();
        var (word, value) = next.Buffers[thread][0];
        next.Buffers[thread].RemoveAt(0);
        next.Words[word] = value;
        return next;
    }

    private Position? Step<TSteps>(Position from, int thread)
        where TSteps : struct, IGuardSteps
    {
        var next = from.Copy();
        (_thread, _words, _buffers, _results) = (thread, next.Words, next.Buffers, next.Results[thread]);
        (_next, _isDone, _isInside, _last) = (0, false, false, Made.Other);
        // Each thread has the counts of its own calls only.
        _guard = new ThreadGuard { ChecksAll = true };
        try
        {
            Run<TSteps>(CurrentThread);
        }
        catch (NextAccessException)
        {
        }
        next.Inside[thread] = _isInside;
        return _isDone ? next : null;
    }

    private void Run<TSteps>(int number)
        where TSteps : struct, IGuardSteps
    {
        for (var call = 0; call < calls; call++)
        {
            // As allocators do: a broken guard refuses each call.
            if (!_guard.TryEnter<TSteps>(number) || _guard.IsBroken)
            {
                RefusedCount++;
                return;
            }
            // A thread is inside until it makes the store that ends it.
            _isInside = true;
            _guard.Leave<TSteps>();
            _isInside = false;
        }
    }

    private int Access(Made made, Func<int> access)
    {
        _last = made;
        if (_next < _results.Count)
            return _results[_next++];
        if (_isDone)
            throw new NextAccessException();
        _isDone = true;
        _results.Add(access());
        return _results[_next++];
    }

    /// <summary>Reads a word as a step.</summary>
    public static int ReadInOrder(ref int word)
    {
        var (orders, number) = (current!, WordOf(ref word));
        return orders.Access(Made.Other, () => orders.ReadNow(number));
    }

    private int ReadNow(int word)
    {
        var last = _buffers[_thread].FindLastIndex(store => store.Word == word);
        return last >= 0 ? _buffers[_thread][last].Value : _words[word];
    }

    private void Flush(int thread)
    {
        foreach (var (word, value) in _buffers[thread])
            _words[word] = value;
        _buffers[thread].Clear();
    }

    // The guard is a field of this object; the favoured thread's number is behind the number of the one inside.
    private static int WordOf(ref int word) => Unsafe.AreSame(ref word, ref First) ? 0 : 1;

    private static ref int First => ref Unsafe.As<ThreadGuard, int>(ref current!._guard);

    /// <summary>An access of a thread.</summary>
    internal enum Made
    {
        Other,

        /// <summary>It wrote its number as that of the thread inside.</summary>
        Entry,

        /// <summary>It made a fence in all threads.</summary>
        Fence,
    }

    /// <summary>The accesses as steps; a broken protocol defines one of them otherwise.</summary>
    internal interface IOrderedSteps : IGuardSteps
    {
        static int IGuardSteps.Read(ref int word) => ReadInOrder(ref word);

        static void IGuardSteps.Write(ref int word, int value)
        {
            var (orders, number) = (current!, WordOf(ref word));
            orders.Access(number == 0 && value != 0 ? Made.Entry : Made.Other, () =>
            {
                orders._buffers[orders._thread].Add((number, value));
                return 0;
            });
        }

        static bool IGuardSteps.TryReplace(ref int word, int expected, int value)
        {
            var (orders, number) = (current!, WordOf(ref word));
            return orders.Access(Made.Other, () =>
            {
                orders.Flush(orders._thread);
                var isExpected = orders._words[number] == expected;
                orders._words[number] = isExpected ? value : orders._words[number];
                return isExpected ? 1 : 0;
            }) != 0;
        }

        static void IGuardSteps.FenceAll()
        {
            var orders = current!;
            orders.Access(Made.Fence, () =>
            {
                orders.Flush(0);
                orders.Flush(1);
                return 0;
            });
        }
    }

    private sealed record Position(
        int[] Words, List<(int Word, int Value)>[] Buffers, List<int>[] Results, bool[] Inside)
    {
        public Position Copy() => new(
            [.. Words], [[.. Buffers[0]], [.. Buffers[1]]], [[.. Results[0]], [.. Results[1]]], [.. Inside]);

        public string Key()
        {
            var key = new StringBuilder().AppendJoin(',', Words);
            for (var thread = 0; thread < 2; thread++)
                key.Append('|').AppendJoin(',', Results[thread]).Append(';').AppendJoin(',', Buffers[thread]);
            return key.ToString();
        }
    }

    private sealed class NextAccessException : Exception;
}
