using GameLoop.Rules;

namespace GameLoop.Backends.Malloc;

internal struct Shot
{
    public ShotState State;
    public Trail Trail;
    public TargetLock Target;
}
