using System.Runtime.CompilerServices;

namespace Arena.Tests.Rooms;

/// <summary>
/// Folders are rooms, and a room knows only those below it. The one exception is a pair: an allocator (Blocks) knows
/// its observers, and an observer (Observation) is notified of an allocator.
/// </summary>
public sealed class RoomsTests
{
    // Each project with its rooms, the lowest first: code may use names that are declared in its own room and in those
    // before it. The project's own folder is a room too.
    private static readonly (string Project, string[] Rooms)[] House =
    [
        ("Arena",
        [
            "Arena", "Os", "Bitmaps", "Threads", "States", "Contract", "Guard", "Observation", "Blocks", "Sparse",
            "Frames", "Buddy", "History",
        ]),
        ("Arena.Pools",
        [
            "Slabs", "Heaps/Segments", "Heaps/Engine", "Heaps", "Native", "Relocation", "Arena.Pools", "Handles",
        ]),
        ("Arena.Collections", ["Storage", "Arena.Collections", "Hashing", "Memory", "Text"]),
        ("Arena.Diagnostics",
        [
            "Storage", "Ledgers", "Leaks", "Capture/Format", "Capture", "Capture/Sections", "Capture/Writing",
            "Capture/Reading", "Trend", "History", "Metrics", "Traces", "Arena.Diagnostics",
        ]),
        ("Arena.Report",
            ["Model", "Elements", "Charts", "Page", "Live", "Terminal", "Formats", "Options", "Arena.Report"]),
        ("samples/GameLoop",
        [
            "Rules", "Workers", "Backends", "Backends/Gc", "Backends/Malloc", "Backends/Arenas", "Backends/Jobs",
            "Options", "Statistics", "Measurement", "Churning", "Racing", "Output", "Viewing", "Levels",
            "Rollback", "GameLoop",
        ]),
        ("Arena.Bench",
        [
            "Machine", "Contestants", "Peers", "Workloads", "Quick", "Worst", "Traces", "Soak", "Peaks", "Benchmarks",
            "CodeSize", "Arena.Bench",
        ]),
    ];

    private static readonly (string From, string To)[] Pairs = [("Observation", "Blocks")];

    public static TheoryData<string> Projects => new(House.Select(project => project.Project));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_knows_only_the_rooms_below_it(string project)
    {
        var sources = new ProjectSources(Path.Combine(Root(), project));
        // The packages of the benchmarks are not here; nothing of theirs is a room.
        if (project != "Arena.Bench")
            Assert.Empty(sources.Unknown);
        var faults = Faults(project, sources.References()).Distinct().ToArray();
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_has_its_place_in_the_order(string project) => Assert.Equal(
        RoomsOf(project).Order(StringComparer.Ordinal),
        ProjectSources.Rooms(Path.Combine(Root(), project)).Order(StringComparer.Ordinal));

    [Fact]
    public void The_pair_is_used_in_both_directions()
    {
        var references = new ProjectSources(Path.Combine(Root(), "Arena")).References().ToArray();
        Assert.All(Pairs, pair =>
        {
            Assert.Contains(references, reference => (reference.From, reference.To) == pair);
            Assert.Contains(references, reference => (reference.To, reference.From) == pair);
        });
    }

    // No using line says any of these.
    [Theory]
    [InlineData("class Wrong { string Of(PageArena arena) => arena.Name; }", "PageArena.Name")]
    [InlineData("class Wrong { void Of() => Arena.Throw.If(null); }", "Throw.If")]
    [InlineData("class Wrong { object Of() => new List<Block>(); }", "Block")]
    [InlineData("class Wrong(MemoryTag tag) { object Of() => tag; }", "MemoryTag")]
    public void A_reference_upwards_is_found(string code, string name)
    {
        var sources = new ProjectSources(
            Path.Combine(Root(), "Arena"), ("Os/Wrong.cs", $"namespace Arena;\n{code}"));
        Assert.Contains(
            Faults("Arena", sources.References("Wrong.cs")),
            fault => fault.StartsWith("Os is below ", StringComparison.Ordinal)
                && fault.Contains($"Wrong.cs:2 names {name},", StringComparison.Ordinal));
    }

    [Fact]
    public void A_new_folder_gets_one_line_that_says_where_to_enter_it()
    {
        var sources = new ProjectSources(
            Path.Combine(Root(), "Arena"),
            ("Unlisted/Stack.cs", "namespace Arena;\nclass Stack(PageArena arena) { string Of() => arena.Name; }"));
        var faults = Faults("Arena", sources.References("Stack.cs")).Distinct();
        Assert.Equal(
            "Unlisted has no place in the order of Arena: enter it in the table of RoomsTests", Assert.Single(faults));
    }

    private static IEnumerable<string> Faults(string project, IEnumerable<RoomReference> references)
    {
        var rooms = RoomsOf(project);
        return
            from reference in references
            let isBelow = Array.IndexOf(rooms, reference.To) < Array.IndexOf(rooms, reference.From)
            where !isBelow && !Pairs.Contains((reference.From, reference.To))
            select rooms.Contains(reference.From)
                ? $"{reference.From} is below {reference.To}, and {reference.Place} names {reference.Name}, which is "
                    + "declared there: move one of them, or pass the value instead"
                : $"{reference.From} has no place in the order of {project}: enter it in the table of RoomsTests";
    }

    internal static string[] RoomsOf(string project) => House.Single(entry => entry.Project == project).Rooms;

    internal static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
