namespace Arena;

/// <summary>The time in which a constructor makes an allocator, see <see cref="Allocator.Register"/>.</summary>
internal readonly ref struct MakingScope(Allocator made) : IDisposable
{
    public void Dispose() => made.EndMaking();
}
