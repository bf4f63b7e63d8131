using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Arena.Collections;
using Arena.Pools;

namespace Arena.Tests.Collections;

/// <summary>Standard types on an allocator's memory, used by those who take them.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly SharedHeap _heap;

    public MemoryTests() => _heap = new SharedHeap(_arena);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public async Task A_pipe_runs_on_a_pool()
    {
        using var pool = new HeapMemoryPool<byte>(_heap);
        var pipe = new Pipe(new PipeOptions(pool, minimumSegmentSize: 100));
        var sent = new byte[200_000];
        new Random(1).NextBytes(sent);
        var writing = Task.Run(async () =>
        {
            foreach (var part in sent.Chunk(1234))
                await pipe.Writer.WriteAsync(part);
            await pipe.Writer.CompleteAsync();
        });
        using var received = new MemoryStream();
        await pipe.Reader.CopyToAsync(received);
        await pipe.Reader.CompleteAsync();
        await writing;
        Assert.Equal(sent, received.ToArray());
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void Json_is_written_and_read()
    {
        using var output = new NativeBufferWriter<byte>(_heap);
        using (var json = new Utf8JsonWriter(output))
            JsonSerializer.Serialize(json, Enumerable.Range(0, 1000));
        Assert.Equal(Enumerable.Range(0, 1000), JsonSerializer.Deserialize<int[]>(output.WrittenSpan));
        Assert.Equal(output.WrittenSpan.ToArray(), output.WrittenMemory.ToArray());
        Assert.Equal(output.WrittenSpan.Length, output.WrittenCount);
        output.Clear();
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public async Task A_stream_reads_into_owned_memory()
    {
        using var owner = new NativeMemoryOwner<byte>(_heap, 5);
        using var stream = new MemoryStream();
        stream.Write("bytes"u8);
        stream.Position = 0;
        await stream.ReadExactlyAsync(owner.Memory);
        await stream.WriteAsync(owner.Memory);
        Assert.Equal("bytes", Encoding.UTF8.GetString(owner.Memory.Span));
        Assert.Equal("bytesbytes", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void Memory_of_what_was_disposed_throws()
    {
        var owner = (IMemoryOwner<int>)new NativeMemoryOwner<int>(_heap, 10);
        var memory = owner.Memory;
        memory.Span[9] = 1;
        owner.Dispose();
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => memory.Pin());
        Assert.Throws<ObjectDisposedException>(() => owner.Memory);
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void One_unpinning_too_many_changes_nothing()
    {
        var owner = new NativeMemoryOwner<int>(_heap, 10);
        owner.Unpin();
        Assert.False(owner.IsDisposed);
        owner.Memory.Span[0] = 1;
        ((IDisposable)owner).Dispose();
        owner.Unpin();
        owner.Unpin();
        Assert.True(owner.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => owner.GetSpan());
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public unsafe void Memory_that_is_pinned_stays_until_it_is_unpinned()
    {
        var owner = (IMemoryOwner<int>)new NativeMemoryOwner<int>(_heap, 10);
        var memory = owner.Memory;
        var pin = memory.Pin();
        var second = memory[5..].Pin();
        owner.Dispose();
        *(int*)pin.Pointer = 7;
        Assert.Equal((nint)pin.Pointer + 20, (nint)second.Pointer);
        Assert.Equal(1, _heap.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => memory.Span[0]);
        pin.Dispose();
        Assert.Equal(1, _heap.LiveCount);
        second.Dispose();
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void Memory_throws_when_its_allocator_is_gone()
    {
        var heap = new Arena.Pools.Heap(_arena, "short");
        var owner = new NativeMemoryOwner<int>(heap, 10);
        var memory = owner.Memory;
        var pin = memory.Pin();
        using var pool = new HeapMemoryPool<int>(heap);
        var writer = new NativeBufferWriter<int>(heap, 10);
        heap.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => pool.Rent(1));
        Assert.Throws<ObjectDisposedException>(() => writer.GetSpan(1));
        Assert.Throws<ObjectDisposedException>(() => writer.WrittenSpan.Length);
        pin.Dispose();
        ((IDisposable)owner).Dispose();
        writer.Dispose();
    }

    [Fact]
    public void Buffers_of_a_pool_have_exact_lengths()
    {
        var pool = new HeapMemoryPool<long>(_heap);
        using (var some = pool.Rent())
            Assert.Equal(512, some.Memory.Length);
        using (var exact = pool.Rent(13))
            Assert.Equal(13, exact.Memory.Length);
        using (var none = pool.Rent(0))
            Assert.Equal(0, none.Memory.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(-2));
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Rent(1));
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void A_writer_hands_out_room_and_refuses_what_it_has_not()
    {
        var writer = new NativeBufferWriter<int>(_heap, 4);
        var early = writer.GetMemory(2);
        early.Span[0] = 1;
        writer.Advance(1);
        writer.GetSpan(1000)[0] = 2;
        writer.Advance(1);
        Assert.Equal([1, 2], writer.WrittenSpan.ToArray());
        Assert.Throws<ObjectDisposedException>(() => early.Span[0]);
        Assert.Throws<InvalidOperationException>(() => writer.Advance(writer.FreeCapacity + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.GetSpan(-1));
        writer.Dispose();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.WrittenSpan.Length);
        Assert.Throws<ObjectDisposedException>(() => writer.GetSpan());
        Assert.Equal(0, _heap.LiveCount);
    }
}
