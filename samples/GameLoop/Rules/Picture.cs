using System.Numerics;

namespace GameLoop.Rules;

/// <summary>
/// The frame's draw list: what the camera sees, in memory that lives for this frame. Nothing is drawn; its hash is a
/// sum, so that it does not matter in which order a backend walks its entities.
/// </summary>
internal ref struct Picture
{
    public const float HalfWidth = 512;
    public const float HalfHeight = 288;

    private readonly Torus _space;
    private readonly Vector2 _camera;
    private readonly Span<Sprite> _sprites;
    private int _count;
    private ulong _elsewhere;

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

    /// <summary>The sprites that were drawn.</summary>
    public readonly ReadOnlySpan<Sprite> Sprites => _sprites[.._count];

    /// <summary>Adds what is in view.</summary>
    public void Draw(Vector2 position, uint colour)
    {
        var onScreen = _space.Delta(_camera, position);
        if (MathF.Abs(onScreen.X) <= HalfWidth && MathF.Abs(onScreen.Y) <= HalfHeight)
            _sprites[_count++] = new Sprite(onScreen, colour);
    }

    /// <summary>Adds the hash of another part of the same picture.</summary>
    public void Add(ulong hash) => _elsewhere = unchecked(_elsewhere + hash);

    public readonly ulong Hash()
    {
        var sum = new Checksum();
        foreach (var sprite in _sprites[.._count])
            sum.Add(Rng.Mix(sprite.OnScreen), sprite.Colour);
        return unchecked(sum.Value + _elsewhere);
    }
}
