namespace Arena;

/// <summary>
/// A visit to an allocator, see <see cref="Allocator.Visit"/>. It is refused if the allocator is gone.
/// </summary>
internal readonly ref struct AllocatorVisit(Allocator? visited) : IDisposable
{
    public bool IsRefused => visited is null;

    public void Dispose() => visited?.EndVisit();
}
