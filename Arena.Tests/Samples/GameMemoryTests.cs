using System.Runtime.CompilerServices;

namespace Arena.Tests.Samples;

/// <summary>The sample compares the backends like for like: no entity on arena is larger.</summary>
public sealed class GameMemoryTests
{
    [Fact]
    public void An_entity_on_arena_is_no_larger_than_on_malloc()
    {
        Assert.InRange(
            Unsafe.SizeOf<GameLoop.Backends.Arenas.Ship>(), 1, Unsafe.SizeOf<GameLoop.Backends.Malloc.Ship>());
        Assert.InRange(
            Unsafe.SizeOf<GameLoop.Backends.Arenas.Shot>(), 1, Unsafe.SizeOf<GameLoop.Backends.Malloc.Shot>());
    }
}
