using System.Runtime.ExceptionServices;

namespace Arena;

/// <summary>Collects what several steps throw that must all be done, and throws it together at the end.</summary>
internal struct Failures
{
    private List<Exception>? _caught;

    /// <summary>Runs a step, and keeps what it throws.</summary>
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

    /// <summary>Keeps what a step returned, if anything.</summary>
    public void Add(Exception? failure)
    {
        if (failure is not null)
            (_caught ??= []).Add(failure);
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
