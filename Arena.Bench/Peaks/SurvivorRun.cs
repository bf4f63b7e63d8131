using System.Globalization;
using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;
using Arena.Bench.Peers;
using Arena.Bench.Workloads;
using Arena.Pools;

namespace Arena.Bench.Peaks;

/// <summary>
/// <c>--survivors</c>: memory that is still held after a peak, divided by that of the peak, where some slots survive at
/// random; of a pool that shares pages, and of C allocators that were asked to give back what they can.
/// </summary>
internal static unsafe class SurvivorRun
{
    // More of the larger ones would take more mappings than an arena may.
    private const int MostCount = 1_000_000;
    private const int MostBytes = 80_000_000;
    private static readonly int[] Percents = [25, 10, 5, 2];

    public static int Start()
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("--survivors needs Linux, where pages can share storage.");
            return 2;
        }
        var program = PeerProgram.Compile("peer_survivors", out var remedy);
        if (program is null)
            Console.WriteLine(remedy);
        Console.WriteLine(
            $"{MostCount:N0} slots of up to {MostBytes:N0} bytes; memory held afterwards / at the peak: "
            + Join("at {0} %", Percents));
        Show<Bytes64>(program);
        Show<Bytes48>(program);
        Show<Bytes24>(program);
        Show<Bytes117>(program);
        Show<Bytes200>(program);
        return 0;
    }

    private static int CountOf(int byteCount) => Math.Min(MostCount, MostBytes / byteCount);

    private static void Show<T>(string? program)
        where T : unmanaged
    {
        Write<T>("Arena Pool, shared pages", percent => Play<T>(percent, shares: true));
        Write<T>("Arena Pool, trimmed", percent => Play<T>(percent, shares: false));
        foreach (var peer in CPeer.All)
        {
            if (program is not null && Ask(program, peer, sizeof(T), Percents[0]) is not null)
                Write<T>("C " + peer.Name, percent => Ask(program, peer, sizeof(T), percent) ?? double.NaN);
        }
    }

    private static double? Ask(string program, CPeer peer, int byteCount, int percent)
    {
        using var process = PeerProcess.TryStart(program, peer);
        var question = string.Create(CultureInfo.InvariantCulture, $"{CountOf(byteCount)} {byteCount} {percent}");
        return process?.Ask(question) is [var peak, var held] ? held / peak : null;
    }

    // The storage that the arena holds, which is at least what the system gave it.
    private static double Play<T>(int percent, bool shares)
        where T : unmanaged
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "survivors", SharePages = shares })
        {
            IgnoreLeaks = true,
        };
        using var pool = new Pool<T>(arena);
        var random = new Xorshift(Xorshift.Seed);
        var slots = new nint[CountOf(sizeof(T))];
        foreach (ref var slot in slots.AsSpan())
        {
            slot = (nint)pool.Allocate();
            new Span<byte>((void*)slot, sizeof(T)).Fill(1);
        }
        double peak = arena.CommittedBytes;
        foreach (var slot in slots)
        {
            if (Xorshift.Below(random.Next(), 100) >= percent)
                pool.Free((T*)slot);
        }
        pool.Trim();
        if (shares)
            pool.Compact(int.MaxValue);
        return arena.CommittedBytes / peak;
    }

    private static void Write<T>(string name, Func<int, double> ratio) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"  {Unsafe.SizeOf<T>(),3} B  {name,-26}")
        + Join("{0:f2}", [.. Percents.Select(ratio)]));

    private static string Join<T>(string format, IEnumerable<T> values) =>
        string.Join("   ", values.Select(value => string.Format(CultureInfo.InvariantCulture, format, value)));

    [InlineArray(64)]
    private struct Bytes64
    {
        private byte _first;
    }

    [InlineArray(48)]
    private struct Bytes48
    {
        private byte _first;
    }

    [InlineArray(24)]
    private struct Bytes24
    {
        private byte _first;
    }

    [InlineArray(117)]
    private struct Bytes117
    {
        private byte _first;
    }

    [InlineArray(200)]
    private struct Bytes200
    {
        private byte _first;
    }
}
