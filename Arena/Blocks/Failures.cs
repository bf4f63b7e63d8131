using System.Runtime.ExceptionServices;

namespace Arena;

/// <summary>
/// Collects the exceptions of several steps that must all be done, and throws them together at the end.
/// </summary>
internal struct Failures
{
    private List<Exception>? _caught;

    /// <summary>Runs a step, and keeps its exception.</summary>
    public void Catch(Action step)
    {
        try
        {
            step();
        }
        catch (Exception failure)
        {
            Add(failure);
        }
    }

    /// <summary>Keeps an exception that a step returned, if there is one.</summary>
    public void Add(Exception? failure)
    {
        if (failure is not null)
            (_caught ??= []).Add(failure);
    }

    /// <summary>
    /// Throws the collected exceptions: one as it is, several in an <see cref="AggregateException"/>.
    /// </summary>
    public readonly void Throw()
    {
        if (_caught is [var only])
            ExceptionDispatchInfo.Throw(only);
        if (_caught is not null)
            throw new AggregateException(_caught);
    }
}
