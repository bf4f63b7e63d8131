namespace Arena.Tests.Contract;

/// <summary>
/// The promises of every allocator. An allocator joins by a class that derives from this one, makes the allocator, and
/// says what it lacks; every test below then runs for it.
/// </summary>
/// <remarks>
/// Behaviour of one allocator alone (layouts, growth, bounds, fragmentation) is tested beside it.
/// </remarks>
public abstract unsafe partial class AllocatorContract
{
    private static readonly int[] Sizes = [1, 8, 16, 24, 100, 500, 512, 513, 4096, 40_000, 263_000, 1 << 20];

    /// <summary>The clauses that the allocator does not offer.</summary>
    private protected virtual Lacks Lacks => Lacks.Nothing;

    /// <summary>Makes the allocator on an arena, if it needs one.</summary>
    private protected abstract AllocatorUnderTest Make(PageArena arena);

    [Fact]
    public void What_is_declared_as_lacking_is_lacking()
    {
        using var arena = new PageArena("lacks");
        using var subject = Make(arena);
        var place = subject.Allocate(SizeOf(subject));
        var probes = new Dictionary<Lacks, Action>
        {
            [Lacks.Alignments] = () => subject.Allocate(SizeOf(subject), 4096),
            [Lacks.Frees] = () => subject.Free(place),
            [Lacks.ExactFrees] = () => subject.Refuses(place),
            [Lacks.LiveCount] = () => _ = subject.LiveCount,
            [Lacks.GrantedBytes] = () => subject.GrantedBytes(place),
            [Lacks.Reallocation] = () => subject.Reallocate(place, 1),
            [Lacks.ZeroedMemory] = () => subject.AllocateZeroed(SizeOf(subject), 0),
            [Lacks.Walk] = () => subject.Walk(_ => { }),
            [Lacks.Observers] = () => subject.Tag = "tag",
            [Lacks.LeakNotices] = () => subject.IgnoreLeaks = true,
        };
        foreach (var (lack, probe) in probes)
        {
            if (!Has(lack))
                Assert.Throws<NotSupportedException>(probe);
        }
        Assert.Equal(Has(Lacks.Addresses), (nuint)place == subject.AddressOf(place));
        Assert.Equal(Has(Lacks.Arena), arena.LentBytes > 0);
    }

    /// <summary>A request that the allocator serves from ready memory.</summary>
    private static int SizeOf(AllocatorUnderTest subject) => subject.FixedBytes != 0 ? subject.FixedBytes : 100;

    private static IEnumerable<int> SizesOf(AllocatorUnderTest subject) =>
        subject.FixedBytes != 0 ? [subject.FixedBytes] : Sizes.Where(size => size <= subject.LargestBytes);

    private bool Has(Lacks capability) => (Lacks & capability) == 0;

    /// <summary>Frees the given allocations, or everything if single frees are lacking.</summary>
    private void FreeAll(AllocatorUnderTest subject, IEnumerable<nint> places)
    {
        if (!Has(Lacks.Frees))
        {
            subject.Clear();
            return;
        }
        foreach (var place in places)
            subject.Free(place);
    }

    private void AssertLive(int expected, AllocatorUnderTest subject, string when)
    {
        if (Has(Lacks.LiveCount))
            Assert.True(subject.LiveCount == expected, $"{when}: {subject.LiveCount} live, {expected} expected");
    }
}
