using System.Numerics;

namespace GameLoop.Rules;

/// <summary>
/// The frame's draw list: what the camera sees, in memory that lives for this frame. Nothing is drawn; its hash is a
/// sum, so that it does not matter in which order a backend walks its entities.
/// </summary>
internal ref struct Picture
{
    private const float HalfWidth = 512;
    private const float HalfHeight = 288;

    private readonly Torus _space;
    private readonly Vector2 _camera;
    private readonly Span<Sprite> _sprites;
    private int _count;

    /// <summary>Makes an empty picture.</summary>
    /// <param name="camera">The centre of the view.</param>
    /// <param name="space">The world's shape.</param>
    /// <param name="sprites">Room for a sprite for each entity.</param>
    public Picture(Vector2 camera, Torus space, Span<Sprite> sprites)
    {
        _space = space;
        _camera = camera;
        _sprites = sprites;
    }

    /// <summary>Adds the points in view.</summary>
    public void Draw(Vector2 position, uint colour)
    {
        var onScreen = _space.Delta(_camera, position);
        if (MathF.Abs(onScreen.X) <= HalfWidth && MathF.Abs(onScreen.Y) <= HalfHeight)
            _sprites[_count++] = new Sprite(onScreen, colour);
    }

    public readonly ulong Hash()
    {
        var sum = new Checksum();
        foreach (var sprite in _sprites[.._count])
            sum.Add(Rng.Mix(sprite.OnScreen), sprite.Colour);
        return sum.Value;
    }
}
