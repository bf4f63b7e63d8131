using System.IO.Compression;
using Arena.Pools;

namespace Arena.Tests.Native;

/// <summary>A real C library that every .NET has: Brotli, with all its memory in a heap.</summary>
public sealed class BrotliTests : IDisposable
{
    private const int Quality = 5;
    private const int WindowBits = 22;

    private readonly PageArena _arena = new("game");
    private readonly Heap _heap;
    private readonly NativeCallbacks _callbacks;

    public BrotliTests()
    {
        _heap = new Heap(_arena, "save games");
        _callbacks = new NativeCallbacks(_heap, "brotli");
    }

    public void Dispose()
    {
        _callbacks.Dispose();
        _arena.Dispose();
    }

    [BrotliFact]
    public void Megabytes_are_compressed_and_come_back()
    {
        var input = SaveGame(8 << 20);
        var brotli = new Brotli(_callbacks);
        var alive = 0;
        var compressed = brotli.Compress(input, Quality, WindowBits, () => alive = _heap.LiveCount)!;
        Assert.InRange(alive, 2, 1000);
        Assert.Equal(0, _heap.LiveCount);
        Assert.InRange(_callbacks.PeakLiveBytes, 4u << 20, 256u << 20);

        var expected = new byte[compressed.Length + 1000];
        Assert.True(BrotliEncoder.TryCompress(input, expected, out var byteCount, Quality, WindowBits));
        Assert.InRange(compressed.Length, byteCount * 9 / 10, byteCount * 11 / 10);

        Assert.Equal(input, brotli.Decompress(compressed));
        Assert.Equal((0, 0, 0L), (_heap.LiveCount, _callbacks.FaultCount, _callbacks.RefusedCount));
    }

    // Only the decoder is tested: the encoder, as it is built, ends the whole process when it gets null.
    [BrotliFact]
    public void Without_enough_memory_it_gives_up_at_any_point_and_leaves_nothing()
    {
        var input = SaveGame(1 << 20);
        var compressed = new Brotli(_callbacks).Compress(input, Quality, WindowBits, () => { })!;
        using var limited = new NativeCallbacks(_heap, "limited");
        var brotli = new Brotli(limited);
        Assert.NotNull(brotli.Decompress(compressed));
        var needed = limited.PeakLiveBytes;
        // The last request may be smaller than its granted bytes by an eighth.
        for (nuint limit = 0; limit < needed * 7 / 8; limit += needed / 50)
        {
            limited.LimitBytes = limit;
            Assert.Null(brotli.Decompress(compressed));
            Assert.Equal(0, _heap.LiveCount);
        }
        Assert.InRange(limited.RefusedCount, 40, 60);
        limited.LimitBytes = needed;
        Assert.Equal(input, brotli.Decompress(compressed));
        Assert.Equal(0, limited.FaultCount);
    }

    // Names, numbers that change little, and noise: between text and random bytes.
    private static byte[] SaveGame(int byteCount)
    {
        var random = new Random(4);
        var bytes = new byte[byteCount];
        for (var at = 0; at < byteCount; at++)
        {
            var value = at % 64 < 12 ? "ship/engine/"[at % 64] : at % 8 == 0 ? random.Next(256) : at >> 12;
            bytes[at] = unchecked((byte)value);
        }
        return bytes;
    }
}
