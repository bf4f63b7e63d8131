using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>
/// One step of one virtual thread: its program runs from the beginning, with the results of all accesses so far given
/// to it again, makes one access more, and stops before the next one.
/// </summary>
internal sealed unsafe class Turn
{
    [ThreadStatic]
    private static Turn? current;

    private readonly State _state;
    private readonly int _thread;
    private readonly Plan _plan;
    private readonly Scene _scene;
    private readonly List<ulong> _results;
    private readonly List<int> _ends = [];
    private readonly ulong[] _words;
    private readonly Store[][] _buffers;
    private Store[] _buffer;
    private int _next;
    private int _doneAt;
    private bool _done;
    private bool _blocked;
    private string _step = "";

    private Turn(State state, int thread, Plan plan, Scene scene)
    {
        (_state, _thread, _plan, _scene) = (state, thread, plan, scene);
        _results = [.. state.Results[thread]];
        _words = [.. state.Words];
        _buffers = [.. state.Buffers];
        _buffer = state.Buffers[thread];
    }

    public static Turn Current => current!;

    /// <summary>The state after the thread's next access; null if it waits, or is done.</summary>
    public static State? Take<TThreads>(State state, int thread, Plan plan, Scene scene)
        where TThreads : struct, IThreads
    {
        if (state.Ends[thread] is not null)
            return null;
        var turn = new Turn(state, thread, plan, scene);
        current = turn;
        try
        {
            return turn.Play<TThreads>();
        }
        finally
        {
            current = null;
        }
    }

    /// <summary>The state after the oldest store of a thread was seen; null if there is none.</summary>
    public static State? Flush(State state, int thread)
    {
        if (state.Buffers[thread].Length == 0)
            return null;
        var store = state.Buffers[thread][0];
        return state with
        {
            Words = With(state.Words, store.Word, store.Value),
            Buffers = With(state.Buffers, thread, state.Buffers[thread][1..]),
            Parent = state,
            Step = $"thread {thread}: its store to word {store.Word} is seen",
        };
    }

    public ulong Read(ulong* word)
    {
        if (IsKnown(out var known))
            return known;
        var index = _scene.IndexOf(word);
        var value = _words[index];
        foreach (var store in _buffer)
        {
            if (store.Word == index)
                value = store.Value;
        }
        return Done(value, $"reads {value:x} from {Scene.NameOf(index)}");
    }

    public void Write(ulong* word, ulong value)
    {
        if (IsKnown(out _))
            return;
        var index = _scene.IndexOf(word);
        _buffer = [.. _buffer, new Store(index, value, Number)];
        Done(0, $"writes {value:x} to {Scene.NameOf(index)}");
    }

    /// <summary>An atomic step, which all stores before it precede.</summary>
    public ulong Change(ulong* word, Func<ulong, ulong> change)
    {
        if (IsKnown(out var known))
            return known;
        foreach (var store in _buffer)
            _words[store.Word] = store.Value;
        _buffer = [];
        var index = _scene.IndexOf(word);
        var before = _words[index];
        _words[index] = change(before);
        return Done(before, $"changes {Scene.NameOf(index)} from {before:x} to {_words[index]:x}");
    }

    /// <summary>All stores of all threads are seen; one step, between two of each other thread.</summary>
    public void FenceAll()
    {
        if (IsKnown(out _))
            return;
        foreach (var buffer in _buffers)
        {
            foreach (var store in buffer)
                _words[store.Word] = store.Value;
        }
        Array.Fill(_buffers, []);
        _buffer = [];
        Done(0, "has all stores seen");
    }

    /// <summary>Reads until a word is not 0; as one step, which cannot be taken before.</summary>
    public void Await(ulong* word)
    {
        if (Read(word) != 0)
            return;
        _blocked = true;
        throw new NextAccessException();
    }

    /// <summary>Reads until a word is 0; as one step, which cannot be taken before.</summary>
    public void AwaitZero(ulong* word)
    {
        if (Read(word) == 0)
            return;
        _blocked = true;
        throw new NextAccessException();
    }

    private int Number => _thread * State.OperationsPerThread + _ends.Count;

    private State? Play<TThreads>()
        where TThreads : struct, IThreads
    {
        var isOver = false;
        _scene.Reset(_plan.Heap);
        try
        {
            foreach (var operation in _plan.Operations)
                _ends.Add(_scene.Do<TThreads>(_plan.Heap, operation));
            isOver = true;
        }
        catch (NextAccessException)
        {
        }
        if (_blocked)
            return null;
        var own = ((1UL << _ends.Count) - 1) << (_thread * State.OperationsPerThread);
        var starts = _done && (_state.Started >> _doneAt & 1) == 0;
        return _state with
        {
            Words = _words,
            Results = With(_state.Results, _thread, [.. _results]),
            Buffers = With(_buffers, _thread, _buffer),
            Ends = isOver ? With(_state.Ends, _thread, [.. _ends]) : _state.Ends,
            Returned = _state.Returned | own,
            Started = _done ? _state.Started | 1UL << _doneAt : _state.Started,
            Before = starts ? With(_state.Before, _doneAt, _state.Over) : _state.Before,
            Parent = _state,
            Step = $"thread {_thread}: {_step}",
        };
    }

    // Returns whether an access was made in an earlier step. Throws where this step's was made.
    private bool IsKnown(out ulong result)
    {
        result = 0;
        if (_next < _results.Count)
        {
            result = _results[_next++];
            return true;
        }
        if (_done)
            throw new NextAccessException();
        if (_plan.Operations[_ends.Count].IsLast && !AreOthersDone())
        {
            _blocked = true;
            throw new NextAccessException();
        }
        return false;
    }

    private ulong Done(ulong result, string step)
    {
        _done = true;
        _doneAt = Number;
        _step = $"{_plan.Operations[_ends.Count]} {step}";
        _results.Add(result);
        _next++;
        return result;
    }

    private bool AreOthersDone()
    {
        for (var thread = 0; thread < _state.Ends.Length; thread++)
        {
            if (thread != _thread && (_state.Ends[thread] is null || _state.Buffers[thread].Length != 0))
                return false;
        }
        return true;
    }

    private static T[] With<T>(T[] array, int index, T value)
    {
        var copy = (T[])array.Clone();
        copy[index] = value;
        return copy;
    }

    private sealed class NextAccessException : Exception;
}
