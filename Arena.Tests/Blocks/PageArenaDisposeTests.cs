using Arena.Tests.Observation;
using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

public sealed unsafe class PageArenaDisposeTests
{
    private static readonly nuint Page = PageArena.PageBytes;

    [Fact]
    public void After_dispose_every_call_says_so_and_names_the_arena()
    {
        var arena = new PageArena("hall");
        var block = arena.Allocate(Page);
        arena.Dispose();
        arena.Dispose();
        var observer = new RecordingObserver();
        Action[] calls =
        [
            () => arena.Allocate(1),
            () => arena.TryAllocate(1, 0, out _),
            () => arena.Free(block),
            () => arena.Free(default),
            () => arena.Trim(),
            () => arena.Contains(null),
            () => arena.Attach(observer),
            () => _ = new FakeAllocator(arena, "late"),
        ];
        foreach (var call in calls)
            Assert.Equal("arena 'hall'", Assert.Throws<ObjectDisposedException>(call).ObjectName);
        arena.Detach(observer);
        Assert.Equal((0u, 0u), (arena.LentBytes, arena.CommittedBytes));
        Assert.Equal(4 * Page, arena.PeakCommittedBytes);
        Assert.Contains("hall", arena.ToString(), StringComparison.Ordinal);
    }

    [LinuxFact]
    public void Dispose_gives_the_addresses_back()
    {
        using var os = new FailingContext();
        var arena = new PageArena(new PageArenaOptions(), os.Memory);
        arena.Allocate(Page);
        arena.Dispose();
        arena.Dispose();
        Assert.Equal((1, 1), (os.CallsOf("mmap"), os.CallsOf("munmap")));
    }

    [Fact]
    public void Blocks_that_are_still_lent_are_reported_in_address_order()
    {
        var arena = new PageArena("hall");
        List<LeakNotice> notices = [];
        arena.LeaksFound += notices.Add;
        var blocks = Enumerable.Range(0, 11).Select(_ => arena.Allocate(2 * Page)).ToArray();
        arena.Free(blocks[0]);
        arena.Dispose();
        arena.Dispose();
        var notice = Assert.Single(notices);
        Assert.Equal(("hall", "arena", "hall", 10, 20 * Page),
            (notice.ArenaName, notice.Kind, notice.AllocatorName, notice.LiveCount, notice.LiveBytes));
        Assert.Equal(blocks[1..9].Select(b => (nuint)b.Address), notice.FirstAddresses);
    }

    [Fact]
    public void Nothing_lent_is_no_leak()
    {
        var arena = new PageArena("hall");
        arena.LeaksFound += notice => Assert.Fail(notice.ToString());
        arena.Free(arena.Allocate(Page));
        _ = new FakeAllocator(arena, "tidy");
        arena.Dispose();
    }

    [Fact]
    public void Allocators_go_youngest_first_also_when_a_token_is_used_again()
    {
        var arena = new PageArena("hall");
        List<string> closed = [];
        FakeAllocator Make(string name)
        {
            var fake = new FakeAllocator(arena, name);
            fake.Closing = () => closed.Add(name);
            return fake;
        }

        var oldest = Make("oldest");
        Make("middle");
        var token = oldest.Token;
        oldest.Dispose();
        Assert.Equal(token, Make("youngest").Token);
        arena.Dispose();
        Assert.Equal(["oldest", "youngest", "middle"], closed);
        Assert.True(oldest.IsDisposed);
    }

    [Fact]
    public void A_token_used_again_owns_nothing_of_its_predecessor()
    {
        using var arena = new PageArena("hall");
        var first = new FakeAllocator(arena, "first");
        var block = first.Lend(Page);
        var token = first.Token;
        first.Dispose();
        var second = new FakeAllocator(arena, "second");
        Assert.Equal(token, second.Token);
        Assert.Throws<InvalidFreeException>(() => second.Return(block));
        Assert.Equal("the address lies in no live block", arena.Describe(block.Address));
    }

    [Fact]
    public void More_allocators_than_tokens_is_an_error_that_names_the_remedy()
    {
        using var arena = new PageArena("hall");
        for (var i = 1; i < Allocator.NoToken; i++)
            _ = new FakeAllocator(arena, "fake");
        var error = Assert.Throws<InvalidOperationException>(() => new FakeAllocator(arena, "one too many"));
        Assert.Equal("Arena 'hall' has 65533 allocators, the most that it can have: dispose some.", error.Message);
    }

    [LinuxFact]
    public void A_handler_that_throws_keeps_nothing_alive()
    {
        using var os = new FailingContext();
        var arena = new PageArena(new PageArenaOptions { Name = "hall" }, os.Memory);
        var first = new FakeAllocator(arena, "first");
        var second = new FakeAllocator(arena, "second");
        first.Lend(Page);
        second.Lend(Page);
        arena.Allocate(Page);
        arena.LeaksFound += notice => throw new InvalidOperationException(notice.AllocatorName);
        var failures = Assert.Throws<AggregateException>(arena.Dispose);
        Assert.Equal(["second", "first", "hall"], failures.InnerExceptions.Select(e => e.Message));
        Assert.True(first.IsDisposed && second.IsDisposed);
        Assert.Equal(1, os.CallsOf("munmap"));
        arena.Dispose();
    }

    [Fact]
    public void A_single_exception_of_a_handler_comes_out_as_it_is()
    {
        var arena = new PageArena("hall");
        arena.Allocate(Page);
        arena.LeaksFound += _ => throw new NotSupportedException("mine");
        Assert.Equal("mine", Assert.Throws<NotSupportedException>(arena.Dispose).Message);
        Assert.Throws<ObjectDisposedException>(() => arena.Allocate(1));
    }

    [Fact]
    public void A_handler_may_use_the_arena_while_an_allocator_goes_and_not_while_the_arena_goes()
    {
        var arena = new PageArena("hall");
        var fake = new FakeAllocator(arena, "fake");
        fake.Lend(Page);
        Action<LeakNotice> frees = _ => arena.Free(arena.Allocate(Page));
        arena.LeaksFound += frees;
        fake.Dispose();
        arena.LeaksFound -= frees;

        new FakeAllocator(arena, "other").Lend(Page);
        arena.LeaksFound += _ =>
        {
            arena.Dispose();
            Assert.Throws<ObjectDisposedException>(() => arena.Allocate(Page));
        };
        arena.Dispose();
    }

    [Fact]
    public void An_allocator_is_disposed_once()
    {
        using var arena = new PageArena("hall");
        var fake = new FakeAllocator(arena, "fake");
        var count = 0;
        fake.Closing = () => count++;
        fake.Dispose();
        fake.Dispose();
        Assert.Equal(1, count);
        Assert.Equal("fake 'fake'", Assert.Throws<ObjectDisposedException>(fake.ThrowIfDisposed).ObjectName);
    }
}
