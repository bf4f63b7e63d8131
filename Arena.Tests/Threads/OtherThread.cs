using System.Runtime.ExceptionServices;

namespace Arena.Tests.Threads;

/// <summary>A thread that does what it is given, one thing after the other, while the caller waits.</summary>
internal sealed class OtherThread : IDisposable
{
    private readonly Thread _thread;
    private readonly SemaphoreSlim _given = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private Action? _act;
    private Exception? _failure;

    public OtherThread()
    {
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs an action on a thread that ends with it, and throws its exception here.</summary>
    public static void Run(Action act)
    {
        using var thread = new OtherThread();
        thread.Call(act);
    }

    public static T Run<T>(Func<T> make)
    {
        using var thread = new OtherThread();
        return thread.Call(make);
    }

    public void Call(Action act)
    {
        _act = act;
        _given.Release();
        _done.Wait();
        if (_failure is { } failure)
        {
            _failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    public T Call<T>(Func<T> make)
    {
        T made = default!;
        Call(() => { made = make(); });
        return made;
    }

    public void Dispose()
    {
        _act = null;
        _given.Release();
        _thread.Join();
        _given.Dispose();
        _done.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            _given.Wait();
            if (_act is not { } act)
                return;
            try
            {
                act();
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
            _done.Release();
        }
    }
}
