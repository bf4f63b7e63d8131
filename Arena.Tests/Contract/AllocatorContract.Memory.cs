using Arena.Tests.Threads;

namespace Arena.Tests.Contract;

// Alignment, distinctness and contents.
public abstract unsafe partial class AllocatorContract
{
    [Fact]
    public void Every_address_has_the_alignment_that_was_asked_for()
    {
        using var arena = new PageArena("alignment");
        using var subject = Make(arena);
        foreach (var size in SizesOf(subject))
        {
            var places = new List<nint>();
            for (var alignment = 1; alignment <= 1 << 16; alignment *= 2)
            {
                places.Add(subject.Allocate(size, Has(Lacks.Alignments) ? alignment : 0));
                var least = Has(Lacks.Alignments) ? (nuint)alignment : subject.DefaultAlignment;
                var address = subject.AddressOf(places[^1]);
                Assert.True(address % least == 0, $"0x{address:x}, {size} bytes, is not aligned to {least}");
            }
            places.Add(subject.Allocate(size));
            Assert.Equal((nuint)0, subject.AddressOf(places[^1]) % subject.DefaultAlignment);
            FreeAll(subject, places);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(48)]
    public void An_alignment_that_is_no_power_of_two_is_an_argument_error(int alignment)
    {
        if (!Has(Lacks.Alignments))
            return;
        using var arena = new PageArena("alignment");
        using var subject = Make(arena);
        var refusal = Assert.ThrowsAny<ArgumentException>(() => subject.Allocate(100, alignment));
        Assert.Contains($"{alignment}", refusal.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<ArgumentException>(() => subject.TryAllocate(100, alignment, out _));
        AssertLive(0, subject, "after the refusal");
    }

    [Fact]
    public void An_allocation_of_no_bytes_has_an_address_of_its_own()
    {
        using var arena = new PageArena("nothing");
        using var subject = Make(arena);
        if (subject.FixedBytes != 0 || !Has(Lacks.Frees))
            return;
        var places = Enumerable.Range(0, 100).Select(_ => subject.Allocate(0)).ToArray();
        Assert.DoesNotContain(0, places);
        Assert.Equal(100, places.Distinct().Count());
        FreeAll(subject, places);
    }

    [Fact]
    public void What_is_granted_is_at_least_what_was_asked_for_and_all_of_it_is_the_callers()
    {
        if (!Has(Lacks.GrantedBytes))
            return;
        using var arena = new PageArena("granted");
        using var subject = Make(arena);
        var places = new List<nint>();
        foreach (var size in SizesOf(subject))
        {
            for (var i = 0; i < 3; i++)
            {
                var place = subject.Allocate(size);
                Assert.True(subject.GrantedBytes(place) >= (nuint)size);
                subject.Contents(place, (int)subject.GrantedBytes(place)).Fill((byte)(places.Count + 1));
                places.Add(place);
            }
        }
        for (var i = 0; i < places.Count; i++)
        {
            var contents = subject.Contents(places[i], (int)subject.GrantedBytes(places[i]));
            Assert.False(contents.ContainsAnyExcept((byte)(i + 1)), $"allocation {i} shares its memory");
        }
        FreeAll(subject, places);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_work_agrees_with_a_model(int seed)
    {
        using var arena = new PageArena("model");
        using var subject = Make(arena);
        using var run = new ModelRun(subject, Lacks, arena, seed) { Steps = 20_000 };
        run.Play();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_work_agrees_with_a_model_while_trackers_come_and_go(int seed)
    {
        if (!Has(Lacks.Observers))
            return;
        using var arena = new PageArena("model");
        using var subject = Make(arena);
        using var run = new ModelRun(subject, Lacks, arena, seed) { Steps = 8_000, IsTracked = true };
        run.Play();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_work_of_threads_in_turns_agrees_with_a_model(int seed)
    {
        using var arena = new PageArena("model");
        using var subject = Make(arena);
        if (!subject.IsShared)
            return;
        using var run = new ModelRun(subject, Lacks, arena, seed) { Steps = 20_000, Threads = 4, IsTracked = true };
        run.Play();
    }

    [Fact]
    public void Any_thread_frees_what_any_other_one_allocated()
    {
        using var arena = new PageArena("threads");
        using var subject = Make(arena);
        if (!subject.IsShared)
            return;
        var size = SizeOf(subject);
        var own = Enumerable.Range(0, 200).Select(_ => subject.Allocate(size)).ToArray();
        var foreign = OtherThread.Run(() =>
        {
            foreach (var place in own)
                subject.Free(place);
            return Enumerable.Range(0, 200).Select(_ => subject.Allocate(size)).ToArray();
        });
        AssertLive(200, subject, "allocated by a thread that has ended");
        Assert.All(own.Except(foreign), place => Assert.True(subject.Refuses(place)));
        FreeAll(subject, foreign);
        AssertLive(0, subject, "at the end");
    }

    [Fact]
    public void Work_in_the_steady_state_makes_no_garbage()
    {
        using var arena = new PageArena("garbage");
        using var subject = Make(arena);
        var sizes = SizesOf(subject).Where(size => size <= 4096).ToArray();
        var places = new nint[100];
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var round = 0; round < 5; round++)
            {
                for (var i = 0; i < places.Length; i++)
                    places[i] = subject.Allocate(sizes[(i + round) % sizes.Length]);
                if (!Has(Lacks.Frees))
                    subject.Clear();
                for (var i = 0; Has(Lacks.Frees) && i < places.Length; i++)
                    subject.Free(places[i]);
            }
        }));
    }
}
