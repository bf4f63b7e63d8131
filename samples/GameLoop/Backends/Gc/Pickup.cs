using GameLoop.Rules;

namespace GameLoop.Backends.Gc;

internal sealed class Pickup(PickupState state, byte[] log)
{
    public PickupState State = state;

    public byte[] Log { get; private set; } = log;

    public void DropLog() => Log = [];
}
