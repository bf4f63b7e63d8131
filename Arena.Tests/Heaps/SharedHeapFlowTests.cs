using Arena.Pools;

namespace Arena.Tests.Heaps;

public sealed class SharedHeapFlowTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly SharedHeap _heap;

    public SharedHeapFlowTests() => _heap = new SharedHeap(_arena);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public async Task Flows_that_hop_between_threads_and_threads_of_the_pool_are_nothing_special()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async flow =>
        {
            var live = new List<nint>();
            for (var i = 0; i < 50; i++)
            {
                live.Add(Allocate(flow * 20 + i, (byte)flow));
                await Task.Yield();
                if (i % 3 == 2)
                {
                    Verify(live[0], (byte)flow);
                    live.RemoveAt(0);
                }
            }
            await Task.Run(() => { });
            live.ForEach(address => Verify(address, (byte)flow));
        }));
        Assert.Equal(0, _heap.LiveCount);
    }

    private unsafe nint Allocate(int bytes, byte flag)
    {
        var address = (byte*)_heap.Allocate((nuint)bytes + 4);
        *(int*)address = bytes;
        new Span<byte>(address + 4, bytes).Fill(flag);
        return (nint)address;
    }

    private unsafe void Verify(nint address, byte flag)
    {
        var bytes = new Span<byte>((byte*)address + 4, *(int*)address);
        Assert.False(bytes.ContainsAnyExcept(flag));
        _heap.Free((void*)address);
    }
}
