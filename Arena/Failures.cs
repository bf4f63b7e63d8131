using System.Runtime.ExceptionServices;

namespace Arena;

/// <summary>What went wrong in several steps that all have to be done: thrown at the end, together.</summary>
internal struct Failures
{
    private List<Exception>? _caught;

    /// <summary>Does a step, and keeps what it throws.</summary>
    public void Catch(Action step)
    {
        try
        {
            step();
        }
        catch (Exception failure)
        {
            (_caught ??= []).Add(failure);
        }
    }

    /// <summary>
    /// Throws what was caught: one exception as it is, several in an <see cref="AggregateException"/>.
    /// </summary>
    public readonly void Throw()
    {
        if (_caught is [var only])
            ExceptionDispatchInfo.Throw(only);
        if (_caught is not null)
            throw new AggregateException(_caught);
    }
}
