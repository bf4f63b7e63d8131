namespace Arena;

/// <summary>The scope of a constructor that makes an allocator, see <see cref="Allocator.Register"/>.</summary>
internal readonly ref struct MakingScope(Allocator made) : IDisposable
{
    public void Dispose() => made.EndMaking();
}
