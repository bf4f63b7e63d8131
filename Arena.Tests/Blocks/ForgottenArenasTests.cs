using System.Runtime.CompilerServices;
using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

/// <summary>
/// Arenas that were not disposed, and that nothing refers to: if addresses run out, the error names them.
/// </summary>
public sealed unsafe class ForgottenArenasTests
{
    [LinuxFact]
    public void A_reservation_that_fails_names_the_arenas_that_were_forgotten()
    {
        // They take no share of the mappings of others.
        using var os = new FailingContext(FailingContext.Running with { Mappings = null });
        var kept = Forget(os, "forgotten level", 3);
        var disposed = new PageArena(new PageArenaOptions { Name = "closed level" }, os.Memory);
        disposed.Dispose();
        var error = Refused(os);
        Assert.Contains("'forgotten level' (3)", error.Message, StringComparison.Ordinal);
        Assert.Contains("bytes of addresses, because nothing refers to them", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("closed level", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("kept level", error.Message, StringComparison.Ordinal);
        // Through its allocator an arena is in use, and what lives in it stays.
        var region = (byte*)kept.Allocate(100);
        region[0] = 1;
        kept.Arena.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static BuddyAllocator Forget(FailingContext os, string name, int count)
    {
        for (var i = 0; i < count; i++)
            new PageArena(new PageArenaOptions { Name = name, ReserveBytes = 1 << 20 }, os.Memory).Allocate(1);
        return new BuddyAllocator(
            new PageArena(new PageArenaOptions { Name = "kept level", ReserveBytes = 1 << 20 }, os.Memory), 4096);
    }

    private static ArenaOutOfMemoryException Refused(FailingContext os)
    {
        os.FailAt(1);
        return Assert.Throws<ArenaOutOfMemoryException>(
            () => new PageArena(new PageArenaOptions { Name = "next level", ReserveBytes = 1 << 20 }, os.Memory));
    }
}
