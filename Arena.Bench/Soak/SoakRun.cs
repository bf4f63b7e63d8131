using System.Diagnostics;
using System.Globalization;
using FuzzTarget;

namespace Arena.Bench.Soak;

/// <summary>
/// <c>--soak MINUTES [SEED]</c>: plays random operations on all allocators at once, compares each with a model, and
/// prints how many were done, the seed, and whether memory grew. A failure prints the seed that plays it again.
/// </summary>
internal static class SoakRun
{
    private const int ListBytes = 16 << 10;
    private const int ListsOfWorld = 100;

    // All of the present world, the guard in front.
    private static readonly List<byte> Played = [];

    public static int Start(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        if (arguments is not [var minutes, .. var rest] || rest.Length > 1
            || !double.TryParse(minutes, culture, out var length) || length <= 0
            || !int.TryParse(rest is [var said] ? said : "1", culture, out var seed))
        {
            Console.Error.WriteLine("--soak MINUTES [SEED]");
            return 2;
        }
        var began = Stopwatch.StartNew();
        var end = TimeSpan.FromMinutes(length);
        long operations = 0, first = 0;
        for (var world = seed; began.Elapsed < end; world++)
        {
            // Before it, so that the seed is known when the process ends.
            Console.Write(string.Create(culture, $"{began.Elapsed:hh\\:mm\\:ss} seed {world}"));
            try
            {
                operations += PlayWorld(world, out var committed);
                var resident = Environment.WorkingSet >> 20;
                // The first worlds warm the runtime up.
                if (world <= seed + 5)
                    first = resident;
                Console.WriteLine(string.Create(culture,
                    $": {operations:N0} operations, arena {committed >> 20} MiB, process {resident} MiB"));
            }
            catch (Exception failure)
            {
                var path = $"soak-{world}.bytes";
                File.WriteAllBytes(path, [.. Played]);
                Console.WriteLine($" fails: --soak 1 {world} plays it again, and FuzzTarget {path}. {failure}");
                return 1;
            }
        }
        GC.Collect();
        var last = Environment.WorkingSet >> 20;
        Console.WriteLine(string.Create(culture,
            $"{operations:N0} operations without a finding, from seed {seed} on; resident memory grew by ")
            + string.Create(culture, $"{last - first} MiB, from {first} to {last}"));
        return 0;
    }

    private static long PlayWorld(int seed, out nuint committed)
    {
        var random = new Random(seed);
        var list = new byte[ListBytes];
        using var world = new World((byte)seed);
        Played.Clear();
        Played.Add((byte)seed);
        long operations = 0;
        for (var i = 0; i < ListsOfWorld; i++)
        {
            random.NextBytes(list);
            Played.AddRange(list);
            operations += OperationList.Play(world, list);
        }
        world.End();
        committed = world.CommittedBytes;
        return operations;
    }
}
