using System.Numerics;

namespace GameLoop.Rules;

/// <summary>What a ship sees around it.</summary>
internal struct Surroundings
{
    public int Friends;

    /// <summary>Sums over friends: the way to them, and their velocity.</summary>
    public Vector2 ToFriends;
    public Vector2 FriendVelocity;

    /// <summary>Away from whoever is too near.</summary>
    public Vector2 Push;

    /// <summary>The berth of the nearest enemy in sight, or -1.</summary>
    public int NearestEnemy;
}
