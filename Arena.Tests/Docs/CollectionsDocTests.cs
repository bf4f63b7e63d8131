using System.Runtime.CompilerServices;
using System.Text.Json;
using Arena.Collections;
using Arena.Pools;

namespace Arena.Tests.Docs;

/// <summary>The examples in docs/collections.md are these, and they run.</summary>
public sealed class CollectionsDocTests
{
    [Fact]
    public void The_examples_are_the_ones_below_and_run()
    {
        var doc = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "collections.md"))
            .ReplaceLineEndings("\n");
        foreach (var (region, indentation) in new[] { ("tour", 8), ("custom", 4), ("elements", 8), ("standard", 8) })
            Assert.Contains(Region(region, indentation), doc, StringComparison.Ordinal);
        Assert.Equal(0, Tour());
        using var arena = new PageArena("game");
        var heap = new Heap(arena);
        var counted = new Counted(heap);
        var list = new NativeList<int>(counted, 10);
        Assert.Equal(40, counted.Bytes);
        list.Dispose();
        Assert.Equal(0, counted.Bytes);
        Assert.Equal(0, Elements(arena, heap));
        Assert.Equal("[1,2,3]"u8.Length, Standard(heap));
    }

    private static int Tour()
    {
        #region tour
        using var arena = new PageArena("game");
        using var heap = new Heap(arena);

        var waves = new NativeList<int>(heap);                  // no memory before the first element
        for (var i = 0; i < 10; i++)
            waves.Add(i);
        foreach (ref var wave in waves)                         // by reference, as spans and the indexer are
            wave *= 10;
        waves.RemoveAtSwapBack(0);                              // the last element fills the hole
        waves.AsSpan().Sort();

        var scores = new NativeDictionary<int, long>(heap);
        scores.GetOrAdd(7, out _) += 100;                       // one search, whether the key was there or not
        foreach (var score in scores)
            score.Value /= 2;

        var line = new NativeText(heap);
        line.Append($"{scores.Count} players, best {scores[7]}");   // UTF-8, no garbage
        Console.WriteLine(line.ToString());

        waves.Dispose();                                        // or a using variable each
        scores.Dispose();
        line.Dispose();
        #endregion

        return heap.LiveCount;
    }

    private static int Elements(PageArena arena, Heap heap)
    {
        #region elements
        using var ships = new HandleMap<Ship>(arena);
        var handle = ships.Allocate(new Ship { Trail = new NativeList<int>(heap) });
        ships[handle].Trail.Add(3);                             // in place: the indexer returns a reference

        ships[handle].Trail.Dispose();                          // before the slot goes
        ships.Free(handle);
        #endregion

        return heap.LiveCount;
    }

    private static int Standard(Heap heap)
    {
        #region standard
        using var output = new NativeBufferWriter<byte>(heap);
        using (var json = new Utf8JsonWriter(output))
            JsonSerializer.Serialize(json, Enumerable.Range(1, 3));
        Console.WriteLine(output.WrittenCount);                 // bytes of native memory, no array
        #endregion

        return output.WrittenCount;
    }

    // The lines of a region, without their indentation.
    private static string Region(string name, int indentation)
    {
        var source = File.ReadAllLines(Here());
        var first = Array.FindIndex(source, line => line.EndsWith("#region " + name, StringComparison.Ordinal)) + 1;
        var last = Array.FindIndex(source, first, line => line.Contains("#endregion", StringComparison.Ordinal));
        return string.Join(
            '\n', source[first..last].Select(line => line.Length > indentation ? line[indentation..] : "")).TrimEnd();
    }

    private static string Here([CallerFilePath] string file = "") => file;

    private struct Ship
    {
        public NativeList<int> Trail;
    }

    #region custom
    internal sealed class Counted(AllocatorHandle below) : CustomAllocator("counted")
    {
        public long Bytes { get; private set; }

        protected override nint Allocate(nuint byteCount, nuint alignment, SourceLine line)
        {
            Bytes += (long)byteCount;
            return below.Allocate(byteCount, alignment, line.File, line.Line, line.Member);
        }

        protected override void Free(nint address, nuint byteCount)
        {
            Bytes -= (long)byteCount;
            below.Free(address, byteCount);
        }
    }
    #endregion
}
