using System.Numerics;

namespace GameLoop.Rules;

/// <summary>A ship's view of its surroundings.</summary>
internal struct Surroundings
{
    public int Friends;

    /// <summary>Sums over friends: the way to them, and their velocity.</summary>
    public Vector2 ToFriends;
    public Vector2 FriendVelocity;

    /// <summary>The push away from ships that are too near.</summary>
    public Vector2 Push;

    /// <summary>The berth of the nearest enemy in sight, or -1.</summary>
    public int NearestEnemy;
}
