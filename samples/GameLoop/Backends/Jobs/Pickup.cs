using Arena.Collections;
using GameLoop.Rules;

namespace GameLoop.Backends.Jobs;

/// <summary>A pickup owns its log book: the log is disposed before the pickup is freed.</summary>
internal struct Pickup
{
    public PickupState State;
    public NativeList<byte> Log;
}
