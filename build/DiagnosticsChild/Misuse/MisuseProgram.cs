using System.Runtime.CompilerServices;
using Arena;
using Arena.Pools;

namespace DiagnosticsChild;

/// <summary>
/// A program that misuses memory once, and says in one line what was noticed: the outcome, the lines that were named
/// and the message, divided by tabs. Where a page stops it, it says nothing, and its crash file does.
/// </summary>
internal static unsafe class MisuseProgram
{
    public static int Run(string kind, string misuse, string mode, string crashReportPath)
    {
        GuardOptions? guard = mode switch
        {
            "plain" => null,
            "checked" => new() { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 20 },
            _ => new() { GuardedPages = true, CrashReportPath = crashReportPath },
        };
        // Not disposed: what is damaged would be reported once more.
        var arena = new PageArena(new PageArenaOptions { Name = "child", Guard = guard });
        var victim = Victim.Make(kind, arena);
        string outcome;
        try
        {
            outcome = Misuse(victim, misuse, arena);
            arena.Verify();
        }
        catch (MemoryCorruptionException damage)
        {
            outcome = $"found\t{damage.AllocatedAt}\t{damage.FreedAt}\t{damage.Message}";
        }
        catch (Exception refused) when (refused is InvalidOperationException or ObjectDisposedException)
        {
            outcome = $"refused\t\t\t{refused.Message}";
        }
        Console.WriteLine(outcome.ReplaceLineEndings(" "));
        Console.Out.Flush();
        Environment.Exit(0);
        return 0;
    }

    private static string Misuse(Victim victim, string misuse, PageArena arena)
    {
        // Neighbours on both sides, so that what is written beside it is memory of the allocator.
        for (var i = 0; i < 150; i++)
            victim.Allocate("Before.cs", 1, "Fill");
        var address = victim.Allocate();
        if (misuse == "read of new memory")
            return Read(address);
        for (var i = 0; i < 150; i++)
            victim.Allocate("Behind.cs", 2, "Fill");
        if (misuse.StartsWith("write past ", StringComparison.Ordinal))
            return Write(victim, address, 0, int.Parse(misuse[11..], null));
        if (misuse.StartsWith("write before ", StringComparison.Ordinal))
            return Write(victim, address, int.Parse(misuse[13..], null), 0);
        return misuse.StartsWith("free", StringComparison.Ordinal)
            ? Free(victim, misuse, address, arena)
            : Use(victim, misuse, address);
    }

    private static string Write(Victim victim, byte* address, int before, int past)
    {
        for (var i = 1; i <= before; i++)
            Touch(address - i);
        for (var i = 0; i < past; i++)
            Touch(address + Victim.ByteCount + i);
        victim.Free(address);
        return "not noticed";
    }

    private static string Free(Victim victim, string misuse, byte* address, PageArena arena)
    {
        switch (misuse)
        {
            case "free twice":
                victim.Free(address);
                victim.Free(address, "Again.cs", 99, "Sink");
                break;
            case "free twice by two threads":
                var thread = new Thread(() => victim.Free(address));
                thread.Start();
                thread.Join();
                victim.Free(address, "Again.cs", 99, "Sink");
                break;
            case "free twice after reuse":
                victim.Free(address);
                victim.Allocate("Next.cs", 5, "Take");
                victim.Free(address, "Again.cs", 99, "Sink");
                break;
            case "free twice after quarantine":
                victim.Free(address);
                for (var i = 0; i < 20_000; i++)
                    victim.Free(victim.Allocate("Next.cs", 5, "Take"), "Next.cs", 6, "Give");
                victim.Free(address, "Again.cs", 99, "Sink");
                break;
            case "free inside":
                victim.Free(address + 16);
                break;
            case "free misaligned":
                victim.Free(address + 1);
                break;
            case "free of other memory":
                long local = 0;
                victim.Free((byte*)&local);
                break;
            case "free of another allocator's":
                victim.Free((byte*)new Heap(arena, "other").Allocate(64));
                break;
        }
        return "not noticed";
    }

    private static string Use(Victim victim, string misuse, byte* address)
    {
        new Span<byte>(address, Victim.ByteCount).Fill(7);
        var isRead = misuse.StartsWith("read", StringComparison.Ordinal);
        switch (misuse[(misuse.IndexOf(' ', StringComparison.Ordinal) + 1)..])
        {
            case "after free":
                victim.Free(address);
                break;
            case "after reuse":
                victim.Free(address);
                victim.Allocate("Next.cs", 5, "Take");
                break;
            case "after resize":
                victim.Resize(address);
                break;
            case "after Clear":
                victim.Clear();
                break;
            case "after Trim":
                victim.Free(address);
                victim.Trim();
                break;
            case "after NextFrame":
                victim.NextFrame();
                break;
            case "twice as a copy":
                victim.Free(address);
                victim.Free(address);
                break;
        }
        if (isRead)
            return Read(address);
        Touch(address + 12);
        return "not noticed";
    }

    private static string Read(byte* address)
    {
        var first = Look(address + 16);
        for (var i = 17; i < Victim.ByteCount; i++)
        {
            if (Look(address + i) != first)
                return "not noticed";
        }
        return first switch
        {
            0xDF => "reads DF",
            0xCB => "reads CB",
            _ => "not noticed",
        };
    }

    // Not inlined, so that nothing is known of the address. Every byte that is touched changes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch(byte* address) => *address = (byte)(*address == 1 ? 2 : 1);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte Look(byte* address) => *address;
}
