using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Docs;

public sealed class ReadmeTests
{
    [Fact]
    public void The_example_in_the_README_is_the_one_below_and_runs()
    {
        var source = File.ReadAllLines(Here());
        var first = Array.FindIndex(source, line => line.Contains("#region readme", StringComparison.Ordinal)) + 1;
        var last = Array.FindIndex(source, line => line.Contains("#endregion", StringComparison.Ordinal));
        var example = source[first..last].Select(line => line.Length > 8 ? line[8..] : "");
        var readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "README.md"));
        Assert.Contains(string.Join('\n', example), readme.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(1, Example());
    }

    private static int Example()
    {
        #region readme
        using var arena = new PageArena("game");                    // addresses; pages come from the OS as needed
        using var ships = new HandleMap<Ship>(arena);               // entities, behind handles that never dangle
        using var frame = new FrameAllocator(arena);                // scratch that dies with the frame
        using var tracker = LeakTracker.Attach(arena);              // optional: names every live allocation

        var player = ships.Allocate(new Ship { Health = 100 });     // 8 bytes, not an address; no garbage
        Span<int> targets = frame.AllocateSpan<int>(ships.LiveCount);
        ships[player].Health -= 10;                                 // checked: a handle of a dead ship would throw
        frame.NextFrame();                                          // forgets the scratch, targets included
        Console.WriteLine(tracker.Report());                        // 1 live allocation, from which file and line
        #endregion

        var count = ships.LiveCount;
        ships.Free(player);
        return count;
    }

    private static string Here([CallerFilePath] string file = "") => file;

    private struct Ship
    {
        public int Health;
    }
}
