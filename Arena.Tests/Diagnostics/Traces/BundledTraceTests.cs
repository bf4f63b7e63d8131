using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Traces;

/// <summary>Real programs' allocations, played on a heap with all contents checked.</summary>
public sealed unsafe class BundledTraceTests
{
    private static readonly string[] Programs = ["godot", "gpp", "node", "openttd", "python", "sqlite"];

    public static TheoryData<string> Names => new(Programs);

    [Fact]
    public void Every_bundled_trace_is_played_here()
    {
        var files = Directory.GetFiles(Folder(), "*.gz").Select(path => Path.GetFileName(path).Split('.')[0]);
        Assert.Equal(Programs, files.Order());
        Assert.All(Directory.GetFiles(Folder(), "*.gz"), path => Assert.InRange(new FileInfo(path).Length, 1, 1 << 20));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_heap_serves_a_real_program_and_keeps_its_contents(string name)
    {
        var trace = AllocationTrace.Read(Path.Combine(Folder(), $"{name}.trace.gz"));
        Assert.Null(trace.Problem);
        using var arena = new PageArena("trace");
        using var heap = new Heap(arena, name);
        var addresses = new nint[trace.AllocationCount];
        var sizes = new int[trace.AllocationCount];
        foreach (var e in trace.Events)
        {
            switch (e.Kind)
            {
                case TraceEventKind.Allocate:
                    var fresh = heap.Allocate(e.ByteCount, e.Alignment);
                    Assert.True((nuint)fresh % e.Alignment == 0, $"{e.Id} is not aligned to {e.Alignment}");
                    Mark(fresh, e.Id, sizes[e.Id] = (int)e.ByteCount);
                    addresses[e.Id] = (nint)fresh;
                    break;
                case TraceEventKind.Reallocate:
                    var moved = heap.Reallocate((void*)addresses[e.Id], e.ByteCount);
                    Check(moved, e.Id, Math.Min(sizes[e.Id], (int)e.ByteCount));
                    Mark(moved, e.Id, sizes[e.Id] = (int)e.ByteCount);
                    addresses[e.Id] = (nint)moved;
                    break;
                case TraceEventKind.Free:
                    Check((void*)addresses[e.Id], e.Id, sizes[e.Id]);
                    heap.Free((void*)addresses[e.Id]);
                    addresses[e.Id] = 0;
                    break;
            }
        }
        for (var id = 0; id < addresses.Length; id++)
            Check((void*)addresses[id], id, addresses[id] == 0 ? 0 : sizes[id]);
        Assert.Equal(addresses.Count(address => address != 0), heap.LiveCount);
    }

    private static void Mark(void* address, int id, int byteCount) =>
        new Span<byte>(address, byteCount).Fill(MarkOf(id));

    private static void Check(void* address, int id, int byteCount) => Assert.False(
        new Span<byte>(address, byteCount).ContainsAnyExcept(MarkOf(id)), $"contents of {id} changed");

    private static byte MarkOf(int id) => unchecked((byte)(id * 31 + 1));

    private static string Folder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../Arena.Bench/Traces"));
}
