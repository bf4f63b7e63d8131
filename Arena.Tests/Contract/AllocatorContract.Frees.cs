using System.Runtime.InteropServices;

namespace Arena.Tests.Contract;

// Every free that is not of a live allocation is refused, and changes nothing.
public abstract unsafe partial class AllocatorContract
{
    [Fact]
    public void A_free_of_what_is_not_live_is_refused_and_changes_nothing()
    {
        if (!Has(Lacks.Frees | Lacks.ExactFrees))
            return;
        using var arena = new PageArena("frees");
        using var subject = Make(arena);
        using var other = Make(arena);
        foreach (var size in SizesOf(subject))
        {
            var kept = Enumerable.Range(0, 5).Select(_ => Filled(subject, size)).ToArray();
            var freed = Filled(subject, size);
            subject.Free(freed);
            Assert.True(subject.Refuses(freed), $"{size} bytes were freed twice");
            var foreign = other.Allocate(size);
            Assert.True(subject.Refuses(foreign), $"{size} bytes of another allocator were freed");
            if (Has(Lacks.Addresses))
                AssertAddressesRefused(subject, kept, size);
            AssertLive(kept.Length, subject, $"{size} bytes");
            AssertLive(1, other, "the other");
            foreach (var place in kept)
            {
                Assert.False(subject.Contents(place, size).ContainsAnyExcept((byte)0xA5), "contents changed");
                subject.Free(place);
                Assert.True(subject.Refuses(place), $"{size} bytes were freed twice");
            }
            other.Free(foreign);
        }
        AssertLive(0, subject, "at the end");
    }

    [Fact]
    public void A_refused_free_does_not_let_anything_be_handed_out_twice()
    {
        if (!Has(Lacks.Frees | Lacks.ExactFrees))
            return;
        using var arena = new PageArena("frees");
        using var subject = Make(arena);
        var size = SizeOf(subject);
        for (var round = 0; round < 50; round++)
        {
            var freed = Filled(subject, size);
            subject.Free(freed);
            for (var i = 0; i < 3; i++)
                Assert.True(subject.Refuses(freed));
            var places = Enumerable.Range(0, 3).Select(_ => Filled(subject, size)).ToArray();
            Assert.Equal(3, places.Select(subject.AddressOf).Distinct().Count());
            FreeAll(subject, places);
        }
    }

    [Fact]
    public void What_was_alive_before_everything_was_cleared_is_stale()
    {
        if (!Has(Lacks.Frees | Lacks.ExactFrees))
            return;
        using var arena = new PageArena("frees");
        using var subject = Make(arena);
        var places = Enumerable.Range(0, 100).Select(_ => subject.Allocate(SizeOf(subject))).ToArray();
        FreeAll(subject, places);
        subject.Trim();
        Assert.All(places, place => Assert.True(subject.Refuses(place)));
        AssertLive(0, subject, "at the end");
    }

    [Fact]
    public void Freeing_nothing_does_nothing()
    {
        if (!Has(Lacks.Frees | Lacks.Addresses))
            return;
        using var arena = new PageArena("frees");
        using var subject = Make(arena);
        subject.Free(0);
        AssertLive(0, subject, "null");
    }

    private static nint Filled(AllocatorUnderTest subject, int size)
    {
        var place = subject.Allocate(size);
        subject.Contents(place, size).Fill(0xA5);
        return place;
    }

    private static void AssertAddressesRefused(AllocatorUnderTest subject, nint[] kept, int size)
    {
        foreach (var place in kept)
        {
            for (var inside = 1; inside < size; inside *= 2)
                Assert.True(subject.Refuses(place + inside), $"byte {inside} of {size} was freed");
            Assert.True(size == 1 || subject.Refuses(place + size - 1), $"the last of {size} bytes was freed");
        }
        var native = NativeMemory.AlignedAlloc(64, 64);
        long local = 0;
        foreach (var wild in (nint[])[(nint)native, (nint)(&local), 1, 16, 4096, nint.MaxValue & ~15, -16, -1])
            Assert.True(subject.Refuses(wild), $"0x{wild:x} was freed");
        NativeMemory.AlignedFree(native);
    }
}
