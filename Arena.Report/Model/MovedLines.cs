using System.Text.RegularExpressions;

namespace Arena.Report.Model;

/// <summary>
/// Matches a line of source in two builds although an edit above it moved it: among sites of one file, member and tag
/// of which one side has some that the other lacks.
/// </summary>
/// <remarks>
/// A line that both sides have is taken for itself. But an edit may have moved one onto the old place of another, so
/// the lines are also matched in their order alone, and the matching that explains both sides with fewer changed bytes
/// is kept. If the numbers differ, as many as possible are matched, in order, with the fewest changed bytes; among
/// equal matchings, the nearest lines.
/// </remarks>
internal static partial class MovedLines
{
    // The most lines of one member; the table grows with the product of both sides.
    private const int MostLines = 256;

    /// <summary>Returns the rows of the earlier side under the names that their lines have in the later one.</summary>
    /// <param name="earlier">The rows of the earlier side, one for each name and tag.</param>
    /// <param name="later">The rows of the later side, likewise.</param>
    public static IEnumerable<ChangeRow> Renamed(IReadOnlyList<ChangeRow> earlier, IReadOnlyList<ChangeRow> later)
    {
        var laterPlaces = later.Select(Place.Of).ToLookup(place => place.Key);
        foreach (var places in earlier.Select(Place.Of).GroupBy(place => place.Key))
        {
            var names = Names([.. places.OrderBy(place => place.Line)],
                [.. laterPlaces[places.Key].OrderBy(place => place.Line)]);
            foreach (var place in places)
                yield return place.Row with { Site = names.GetValueOrDefault(place.Line, place.Row.Site) };
        }
    }

    // Returns the new names, by line of the earlier side.
    private static Dictionary<int, string> Names(Place[] earlier, Place[] later)
    {
        var both = earlier.Select(place => place.Line).Intersect(later.Select(place => place.Line)).ToHashSet();
        if (both.Count == earlier.Length || both.Count == later.Length || earlier.Length > MostLines
            || later.Length > MostLines)
            return [];
        var vanished = earlier.Where(place => !both.Contains(place.Line)).ToArray();
        var added = later.Where(place => !both.Contains(place.Line)).ToArray();
        var apart = Matched(vanished, added);
        var stayed = earlier.Where(place => both.Contains(place.Line))
            .Sum(place => Change(place, later.First(other => other.Line == place.Line)));
        var ordered = Matched(earlier, later);
        return ordered.Cost.Bytes < apart.Cost.Bytes + stayed ? ordered.Names : apart.Names;
    }

    // Each entry of the table is the least cost of matching the first lines of both sides, up to it.
    private static (Cost Cost, Dictionary<int, string> Names) Matched(Place[] earlier, Place[] later)
    {
        var costs = new Cost[earlier.Length + 1, later.Length + 1];
        for (var i = 1; i <= earlier.Length; i++)
        {
            for (var j = 1; j <= later.Length; j++)
            {
                var both = costs[i - 1, j - 1].And(earlier[i - 1], later[j - 1]);
                costs[i, j] = Cost.Least(both, Cost.Least(costs[i - 1, j], costs[i, j - 1]));
            }
        }
        Dictionary<int, string> names = [];
        for (int i = earlier.Length, j = later.Length; i > 0 && j > 0;)
        {
            if (costs[i, j] == costs[i - 1, j])
                i--;
            else if (costs[i, j] == costs[i, j - 1])
                j--;
            else
                names.Add(earlier[--i].Line, later[--j].Row.Site);
        }
        // A line without a partner changes by all its bytes.
        var matched = names.Values.ToHashSet();
        var alone = earlier.Where(place => !names.ContainsKey(place.Line))
            .Concat(later.Where(place => !matched.Contains(place.Row.Site)))
            .Sum(place => Math.Abs((double)place.Row.Bytes));
        var cost = costs[earlier.Length, later.Length];
        return (cost with { Bytes = cost.Bytes + alone }, names);
    }

    private static double Change(Place earlier, Place later) =>
        Math.Abs((double)later.Row.Bytes - earlier.Row.Bytes);

    [GeneratedRegex(@"^(?<file>[^:]+):(?<line>0|[1-9]\d{0,8})(?<rest>\D.*)?$", RegexOptions.Singleline)]
    private static partial Regex Name();

    private readonly record struct Place(ChangeRow Row, int Line, (string, string, string?) Key)
    {
        // A site without a line is matched only by its name.
        public static Place Of(ChangeRow row) => Name().Match(row.Site) is { Success: true } match
            ? new Place(row, int.Parse(match.Groups["line"].ValueSpan, provider: null),
                (match.Groups["file"].Value, match.Groups["rest"].Value, row.Tag))
            : new Place(row, 0, (row.Site, "", row.Tag));
    }

    /// <summary>The cost of a matching: most pairs are best, then fewest changed bytes, then least distance.</summary>
    private readonly record struct Cost(int Pairs, double Bytes, long Lines)
    {
        public Cost And(Place earlier, Place later) =>
            new(Pairs + 1, Bytes + Change(earlier, later), Lines + Math.Abs((long)earlier.Line - later.Line));

        public static Cost Least(Cost one, Cost other) =>
            (-one.Pairs, one.Bytes, one.Lines).CompareTo((-other.Pairs, other.Bytes, other.Lines)) <= 0 ? one : other;
    }
}
