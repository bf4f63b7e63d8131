using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arena;

internal struct Shot
{
    public ShotState State;
    public Trail Trail;
    public Handle<Ship> Target;
}
