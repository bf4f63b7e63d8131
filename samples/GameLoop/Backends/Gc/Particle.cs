using GameLoop.Rules;

namespace GameLoop.Backends.Gc;

internal sealed class Particle(ParticleState state)
{
    public ParticleState State = state;
}
