using System.Numerics;

namespace GameLoop.Rules;

/// <summary>A ship's plain data; its trail, path, message and target are kept by each backend in its own way.</summary>
internal struct ShipState
{
    public Vector2 Position;
    public Vector2 Velocity;

    /// <summary>The change of its velocity in every frame until its pilot thinks again.</summary>
    public Vector2 Push;

    /// <summary>The ship's place in the order of ships, which the ship that replaces it gets.</summary>
    public int Berth;

    /// <summary>A number that is never used twice.</summary>
    public uint Id;
    public int Faction;
    public int Hull;

    /// <summary>Frames until it may fire again.</summary>
    public int Cooldown;
    public bool HasTarget;
    public bool WantsToFire;

    /// <summary>The effects of this frame's shots and pickups: sums, so that their order does not matter.</summary>
    public int Damage;
    public int Hits;
    public int Repair;

    /// <summary>The sum of the hashes of messages that it has read.</summary>
    public ulong Intel;

    /// <summary>The frame in which the message in its inbox can be read.</summary>
    public int MessageArrival;

    /// <summary>The frame in which it began to follow its path.</summary>
    public int PathStart;

    public readonly ulong Hash()
    {
        var hash = Rng.Mix(Rng.Mix(Position), Rng.Mix(Velocity));
        hash = Rng.Mix(hash, ((ulong)(uint)Berth << 32) | Id);
        hash = Rng.Mix(hash, ((ulong)(uint)Hull << 32) | (uint)Cooldown);
        return Rng.Mix(hash, Intel);
    }
}
