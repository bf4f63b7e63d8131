using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>The example in docs/threads.md is the one below, and runs.</summary>
public sealed unsafe class ThreadsDocsTests
{
    [Fact]
    public void The_example_in_the_docs_is_the_one_below_and_runs()
    {
        var source = File.ReadAllLines(Here());
        var first = Array.FindIndex(source, line => line.Contains("#region docs", StringComparison.Ordinal)) + 1;
        var last = Array.FindIndex(source, line => line.Contains("#endregion", StringComparison.Ordinal));
        var example = string.Join('\n', source[first..last].Select(line => line.Length > 8 ? line[8..] : ""));
        var docs = Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/threads.md");
        Assert.Contains(example, File.ReadAllText(docs).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Example();
    }

    private static void Example()
    {
        #region docs
        using var arena = new PageArena("game");
        using var heap = new SharedHeap(arena, "jobs");
        using var scratch = new WorkerFrames(arena);

        var meshes = new nint[100];
        Parallel.For(0, meshes.Length, i =>
        {
            var local = heap.Local();                            // the thread's part, found once for the whole job
            meshes[i] = (nint)local.Allocate(4096);              // no lock, no atomic instruction
            scratch.Current.AllocateSpan<int>(1000).Fill(i);     // dies with the frame
        });
        Parallel.ForEach(meshes, mesh => heap.Free((void*)mesh)); // whichever thread made it
        scratch.NextFrame();                                     // after the jobs: all workers go on together
        #endregion

        Assert.Equal(0, heap.LiveCount);
        Assert.Equal(100, meshes.Distinct().Count());
        Assert.InRange(heap.PartCount, 1, 100);
        Assert.Equal(0u, scratch.UsedBytes);
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
