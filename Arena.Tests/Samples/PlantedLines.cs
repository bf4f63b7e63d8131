using System.Runtime.CompilerServices;
using GameLoop.Backends;

namespace Arena.Tests.Samples;

/// <summary>
/// The leaks that <c>--leak</c> plants, from the game's own count and from its source, without a tracker.
/// </summary>
internal static class PlantedLines
{
    private static readonly (Forgettable Kind, string File, string Code)[] Allocations =
    [
        (Forgettable.Message, "ArenaWorld.Step.cs", "wingman.Inbox = new(_data, "),
        (Forgettable.Path, "ArenaWorld.Step.cs", "ship.Path = new(_data, "),
        (Forgettable.Pickup, "ArenaWorld.cs", "_pickups.Add("),
    ];

    /// <summary>The places that should be reported of a world on arena, sorted.</summary>
    public static IReadOnlyList<LeakPlace> Of(World world) => Sorted(
        Allocations.Select(each =>
        {
            var (count, bytes) = world.Forgotten(each.Kind);
            return new LeakPlace(each.File, LineOf(each.File, each.Code), count, bytes);
        }));

    /// <summary>Places without their folders, in an order of their own.</summary>
    public static IReadOnlyList<LeakPlace> Sorted(IEnumerable<LeakPlace> places) =>
    [
        .. places.Select(place => place with { File = Path.GetFileName(place.File) })
            .OrderBy(place => place.File, StringComparer.Ordinal)
            .ThenBy(place => place.Line),
    ];

    private static int LineOf(string file, string code, [CallerFilePath] string self = "")
    {
        var path = Path.Combine(
            Path.GetDirectoryName(self)!, "..", "..", "samples", "GameLoop", "Backends", "Arenas", file);
        var lines = File.ReadAllLines(path);
        return 1 + Array.IndexOf(lines, lines.Single(line => line.Contains(code, StringComparison.Ordinal)));
    }
}
