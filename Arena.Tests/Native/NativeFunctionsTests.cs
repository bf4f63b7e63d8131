using Arena.Pools;

namespace Arena.Tests.Native;

/// <summary>The functions that know their heap without user data.</summary>
public sealed unsafe class NativeFunctionsTests : IDisposable
{
    private readonly PageArena _arena = new("game");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Every_heap_has_functions_of_its_own()
    {
        var heaps = Enumerable.Range(0, 20).Select(i => new Heap(_arena, $"heap {i}")).ToArray();
        var clients = heaps.Select(heap => new NativeCallbacks(heap, "library")).ToArray();
        for (var i = 0; i < heaps.Length; i++)
        {
            var functions = clients[i].WithoutUserData;
            Assert.Equal((nint)functions.Malloc, (nint)clients[i].WithoutUserData.Malloc);
            for (var count = 0; count < i; count++)
                functions.Malloc(100);
        }
        Assert.Equal(Enumerable.Range(0, 20), heaps.Select(heap => heap.LiveCount));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public void They_do_what_C_says_of_them()
    {
        using var heap = new Heap(_arena);
        using var client = new NativeCallbacks(heap, "library");
        var c = client.WithoutUserData;
        var zeros = (byte*)c.Calloc(100, 30);
        Assert.False(new Span<byte>(zeros, 3000).ContainsAnyExcept((byte)0));
        zeros[2999] = 5;
        zeros = (byte*)c.Realloc(zeros, 100_000);
        Assert.Equal(5, zeros[2999]);
        c.Free(zeros);
        c.Free(zeros);
        c.Free(null);
        Assert.Equal((0, 1), (heap.LiveCount, client.FaultCount));
        Assert.IsType<InvalidFreeException>(client.LastFault);
        Assert.True(c.Malloc(nuint.MaxValue) == null);
    }

    [Fact]
    public void A_late_call_is_refused_until_the_functions_serve_another_heap()
    {
        using var heap = new Heap(_arena);
        var client = new NativeCallbacks(heap, "library");
        var c = client.WithoutUserData;
        var slot = c.Malloc(10);
        client.Dispose();
        Assert.Throws<ObjectDisposedException>(() => client.WithoutUserData);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(c.Malloc(10) == null);
        Assert.True(c.Calloc(10, 1) == null);
        Assert.True(c.Realloc(slot, 100) == null);
        c.Free(slot);
        Assert.Equal(1, heap.LiveCount);
        heap.Free(slot);
    }

    [Fact]
    public void Nothing_is_made_without_a_request()
    {
        using var heap = new Heap(_arena);
        Assert.InRange(Garbage.Of(() => new NativeCallbacks(heap, "asks nothing").Dispose()), 0, 500);
    }
}
