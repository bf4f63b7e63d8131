namespace Guides.Moving;

/// <summary>The rules of a small game, in integers, so that every step of the move plays it alike.</summary>
internal static class Rules
{
    public const int Enemies = 200;
    public const int Side = 1000;
    public const int BulletFrames = 30;

    public static int Birthplace(int serial) => serial * 37 % Side;

    public static int Towards(int from, int to) => (from + Math.Sign(to - from) + Side) % Side;

    public static int Along(int x, int speed) => (x + speed + Side) % Side;

    public static bool Fires(int frame, int serial) => (frame + serial) % 15 == 0;

    public static bool Remembers(int frame, int serial) => (frame + serial) % 10 == 0;

    public static int Speed(int from, int to) => from < to ? 7 : -7;
}
