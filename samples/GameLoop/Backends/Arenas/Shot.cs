using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arenas;

/// <summary>A shot owns its trail: the trail is freed before the shot is freed.</summary>
internal struct Shot
{
    public ShotState State;
    public Trail Trail;
    public Handle<Ship> Target;
}
