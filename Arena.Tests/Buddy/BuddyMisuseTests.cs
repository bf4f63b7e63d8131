using Arena.Tests.Observation;

namespace Arena.Tests.Buddy;

public sealed unsafe class BuddyMisuseTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly BuddyAllocator _buddy;

    public BuddyMisuseTests() => _buddy = new BuddyAllocator(_arena, 1 << 16, name: "meshes");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_double_free_is_refused()
    {
        var region = _buddy.Allocate(100);
        _buddy.Allocate(100);
        _buddy.Free(region);
        AssertRefused(region, "freed before");
    }

    [Fact]
    public void A_double_free_after_a_merge_is_refused()
    {
        var left = _buddy.Allocate(100);
        var right = _buddy.Allocate(100);
        _buddy.Free(left);
        _buddy.Free(right);
        AssertRefused(right, "freed before");
        AssertRefused(left, "freed before");
    }

    [Theory]
    [InlineData(1, "inside the live region")]
    [InlineData(16, "inside the live region")]
    [InlineData(112, "inside the live region")]
    [InlineData(128, "freed before, or never allocated")]
    [InlineData(129, "freed before, or never allocated")]
    public void A_free_of_anything_but_the_first_byte_is_refused(int offset, string why)
    {
        var region = (byte*)_buddy.Allocate(100);
        AssertRefused(region + offset, why);
        _buddy.Free(region);
    }

    [Fact]
    public void A_free_of_what_belongs_to_someone_else_is_refused()
    {
        using var other = new BuddyAllocator(_arena, 4096, name: "other");
        _buddy.Allocate(16);
        var local = 0;
        AssertRefused(other.Allocate(16), "buddy 'other'");
        AssertRefused(_arena.Allocate(1).Address, "PageArena");
        AssertRefused(&local, "not in arena 'test'");
        AssertRefused((void*)1, "not in arena 'test'");
        AssertRefused((void*)unchecked((nuint)(-1)), "not in arena 'test'");
    }

    [Fact]
    public void Null_is_freed_silently()
    {
        _buddy.Free(null);
        Assert.Equal((nuint)0, _buddy.UsableBytes(null));
        Assert.Equal(0, _buddy.LiveCount);
    }

    [Fact]
    public void Dispose_reports_what_was_alive_and_gives_everything_back()
    {
        LeakNotice? leak = null;
        _arena.LeaksFound += notice => leak = notice;
        List<nuint> addresses = [];
        for (var i = 0; i < 10; i++)
            addresses.Add((nuint)_buddy.Allocate(50));
        _buddy.Free((void*)addresses[3]);
        _buddy.Dispose();
        Assert.NotNull(leak);
        Assert.Equal("meshes", leak.AllocatorName);
        Assert.Equal(9, leak.LiveCount);
        Assert.Equal((nuint)9 * 64, leak.LiveBytes);
        Assert.Equal(addresses.Where((_, i) => i != 3).Take(8), leak.FirstAddresses);
        Assert.Equal((nuint)0, _arena.LentBytes);
    }

    [Fact]
    public void Dispose_of_an_empty_buddy_reports_nothing()
    {
        var told = 0;
        _arena.LeaksFound += _ => told++;
        _buddy.Free(_buddy.Allocate(16));
        _buddy.Dispose();
        Assert.Equal(0, told);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_dispose_every_call_says_so(bool withTheArena)
    {
        var region = (nint)_buddy.Allocate(16);
        IDisposable end = withTheArena ? _arena : _buddy;
        end.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)_buddy.Allocate(16));
        Assert.Throws<ObjectDisposedException>(() => _buddy.TryAllocate(16, 16, out _));
        Assert.Throws<ObjectDisposedException>(() => (nint)_buddy.Reallocate((void*)region, 16));
        Assert.Throws<ObjectDisposedException>(() => _buddy.Free((void*)region));
        Assert.Throws<ObjectDisposedException>(() => _buddy.Free(null));
        Assert.Throws<ObjectDisposedException>(() => _buddy.UsableBytes((void*)region));
        Assert.Throws<ObjectDisposedException>(() => _buddy.UsableBytes(null));
        Assert.Throws<ObjectDisposedException>(() => _buddy.LiveBytes);
        Assert.Throws<ObjectDisposedException>(() => _buddy.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => _buddy.CapacityBytes);
        Assert.Throws<ObjectDisposedException>(() => _buddy.LargestFreeBytes);
        Assert.Equal("buddy 'meshes' (disposed)", _buddy.ToString());
        _buddy.Dispose();
    }

    [Fact]
    public void An_observer_is_reported_of_everything_and_errors_stay_errors()
    {
        var observer = new RecordingObserver();
        var before = _buddy.Allocate(16);
        _arena.Attach(observer);
        var region = _buddy.Allocate(100, file: "Game.cs", line: 1, member: "Load");
        Assert.True(_buddy.TryAllocate(20, 16, out var second, "Game.cs", 2, "Try"));
        var moved = _buddy.Reallocate(region, 300, "Game.cs", 3, "Grow");
        var shrunk = _buddy.Reallocate(moved, 10, "Game.cs", 4, "Shrink");
        Assert.True(moved != region && shrunk == moved);
        Assert.Equal((nuint)32, _buddy.UsableBytes(second));
        Assert.Throws<InvalidFreeException>(() => _buddy.Free((byte*)second + 16));
        Assert.False(_buddy.TryAllocate(1 << 20, 16, out _));
        _buddy.Free(second);
        _buddy.Free(before);
        _buddy.Free(null);
        _arena.Detach(observer);
        _buddy.Free(shrunk);
        Assert.Equal(
            [
                "meshes +128 Game.cs:1 Load", "meshes +32 Game.cs:2 Try",
                $"meshes -{(nuint)region}", "meshes +512 Game.cs:3 Grow",
                $"meshes -{(nuint)moved}", "meshes +16 Game.cs:4 Shrink",
                $"meshes -{(nuint)second}", $"meshes -{(nuint)before}",
            ],
            observer.Told);
        Assert.Equal(0, _buddy.LiveCount);
    }

    [Fact]
    public void The_line_that_allocates_is_reported_without_being_written()
    {
        var observer = new RecordingObserver();
        _arena.Attach(observer);
        _buddy.Allocate(16);
        var told = Assert.Single(observer.Told);
        Assert.Contains($"{nameof(BuddyMisuseTests)}.cs:", told, StringComparison.Ordinal);
        Assert.EndsWith(
            nameof(The_line_that_allocates_is_reported_without_being_written), told, StringComparison.Ordinal);
    }

    private void AssertRefused(void* address, string why)
    {
        var before = (_buddy.LiveCount, _buddy.LiveBytes, _buddy.LargestFreeBytes);
        Action[] calls =
        [
            () => _buddy.Free(address),
            () => _buddy.UsableBytes(address),
            () => _ = (nint)_buddy.Reallocate(address, 8),
        ];
        foreach (var call in calls)
        {
            var error = Assert.Throws<InvalidFreeException>(call);
            Assert.Equal((nuint)address, error.Address);
            Assert.Contains("'meshes'", error.Message, StringComparison.Ordinal);
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, (_buddy.LiveCount, _buddy.LiveBytes, _buddy.LargestFreeBytes));
        var after = _buddy.Allocate(1000);
        _buddy.Free(after);
    }
}
