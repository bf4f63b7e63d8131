namespace Arena;

// An allocator for one thread has a ThreadGuard, which its slow paths enter and leave.
public abstract unsafe partial class Allocator
{
    /// <summary>Enters for a call that changes state; throws once two threads were inside at the same time.</summary>
    internal virtual void Enter()
    {
    }

    /// <summary>Leaves after such a call.</summary>
    internal virtual void Leave()
    {
    }

    /// <summary>Opens the fast path, or closes it, as its guard of threads says.</summary>
    internal virtual void Reopen()
    {
    }

    /// <summary>Enters an allocator's guard of threads.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="remedy">The remedy for an allocator that two threads used.</param>
    internal void Enter(ref ThreadGuard guard, string remedy)
    {
        if (guard.TryEnter())
        {
            if (!guard.IsBroken || IsEnding)
                return;
            Reopen();
            guard.Leave();
        }
        throw Throw.UsedByTwo(this, remedy);
    }

    /// <summary>Leaves an allocator's guard of threads.</summary>
    internal void Leave(ref ThreadGuard guard)
    {
        if (guard.IsOutermost)
            Reopen();
        guard.Leave();
    }
}
