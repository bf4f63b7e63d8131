using System.Numerics;
using Arena.Collections;
using Arena.Pools;

namespace FirstGame;

/// <summary>Up to eight letters: an unmanaged key for the map of names.</summary>
internal readonly record struct CallSign(ulong Letters)
{
    public static CallSign Of(int number)
    {
        var letters = 0ul;
        for (var rest = number; ; rest /= 26)
        {
            letters = (letters << 8) | (uint)('A' + (rest % 26));
            if (rest < 26)
                return new CallSign(letters);
        }
    }
}

/// <summary>A ship owns the memory of its trail: whatever frees a ship disposes the trail first.</summary>
internal struct Ship
{
    public CallSign Name;
    public Vector2 Position;
    public Vector2 Velocity;
    public int Health;
    public NativeList<Vector2> Trail;
    public Handle<Ship> Target;
}

internal struct Bullet
{
    public Vector2 Position;
    public Vector2 Velocity;
    public int FramesLeft;
}

internal record struct Message(CallSign To, int Damage);
