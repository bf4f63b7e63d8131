using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Arena;
using Arena.Pools;

namespace DiagnosticsChild;

/// <summary>
/// Programs that misuse memory where every allocation has pages of its own. Each ends at the wrong access, and its
/// crash file says what it was.
/// </summary>
internal static unsafe class GuardedMisuse
{
    /// <summary>Runs one; returns only if nothing stopped it.</summary>
    public static int Run(string allocator, string misuse, string crashReportPath)
    {
        var guard = new GuardOptions { GuardedPages = true, CrashReportPath = crashReportPath };
        using var arena = new PageArena(new PageArenaOptions { Name = "child", Guard = guard });
        using var frames = new FrameAllocator(arena);
        frames.NextFrame();
        CatchNullReferences();
        GeneralAllocator heap = allocator switch
        {
            "heap" => new Heap(arena, "level"),
            "shared" => new SharedHeap(arena, "level"),
            _ => new BuddyAllocator(arena, 1 << 24, name: "level"),
        };
        var address = (byte*)heap.Allocate(64, 16, "Ship.cs", 41, "Fire");
        Console.WriteLine("running");
        switch (misuse)
        {
            case "overrun":
                Touch(address + 64);
                break;
            case "overrun far":
                Touch(address + 64 + 4095);
                break;
            case "use after free":
                heap.Free(address, "Wreck.cs", 88, "Sink");
                Touch(address + 12);
                break;
            case "use after resize":
                heap.Reallocate(address, 100, "Wreck.cs", 88, "Sink");
                Touch(address + 12);
                break;
            case "use after free by another thread":
                var thread = new Thread(() => heap.Free(address, "Wreck.cs", 88, "Sink"));
                thread.Start();
                thread.Join();
                Touch(address + 12);
                break;
        }
        return 0;
    }

    // This is not inlined, so that the compiler knows nothing of the address.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch(byte* address) => *address = 1;

    // They go through the same handler, and are caught.
    [SuppressMessage("Usage", "CA2201", Justification = "The pointer that is read is null.")]
    private static void CatchNullReferences()
    {
        var caught = 0;
        for (var i = 0; i < 200; i++)
        {
            try
            {
                string? nothing = i < 0 ? "" : null;
                _ = nothing!.Length;
            }
            catch (NullReferenceException)
            {
                caught++;
            }
        }
        if (caught != 200)
            throw new InvalidOperationException($"{caught} of 200 null references were caught.");
    }
}
