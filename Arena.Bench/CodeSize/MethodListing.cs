using System.Globalization;
using System.Text.RegularExpressions;

namespace Arena.Bench.CodeSize;

/// <summary>
/// The JIT's listing of one method's final code, and how much of it is hot. The JIT divides a method into groups of
/// instructions; a group that calls, or that traps after a call, is where the fast path gives up: the cold part. All
/// other groups are hot, whichever way a call takes through them.
/// </summary>
/// <param name="Name">The method, without its type and parameters.</param>
/// <param name="Target">The target that the JIT compiled for.</param>
/// <param name="HotBytes">Bytes of the groups that do not call.</param>
/// <param name="HotInstructions">Instructions in them.</param>
/// <param name="Text">Every instruction, without the addresses that differ from process to process.</param>
internal sealed partial record MethodListing(
    string Name, string Target, int HotBytes, int HotInstructions, string Text)
{
    private const string Header = "; Assembly listing for method ";
    private const string FinalTier = "(Tier1)";

    /// <summary>Reads the final code of every method in a file that the JIT wrote.</summary>
    public static List<MethodListing> ReadAll(string file)
    {
        var listings = new List<MethodListing>();
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Header, StringComparison.Ordinal))
                continue;
            var end = i + 1;
            while (end < lines.Length && !lines[end].StartsWith(Header, StringComparison.Ordinal))
                end++;
            if (lines[i].EndsWith(FinalTier, StringComparison.Ordinal))
                listings.Add(Read(lines[i..end]));
        }
        return listings;
    }

    private static MethodListing Read(string[] lines)
    {
        var target = lines.First(line => line.StartsWith("; Emitting", StringComparison.Ordinal));
        var total = lines.Select(line => TotalBytes().Match(line)).First(match => match.Success);
        var groups = new List<Group>();
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != ';'))
        {
            if (GroupStart().Match(line) is { Success: true } start)
                groups.Add(new Group(int.Parse(start.Groups[1].ValueSpan, NumberStyles.HexNumber), []));
            else if (line.Trim().Length > 0 && !line.TrimStart().StartsWith("align", StringComparison.Ordinal))
                groups[^1].Instructions.Add(Address().Replace(line.Trim(), "ADDRESS"));
        }
        var bytes = 0;
        for (var i = 0; i < groups.Count; i++)
        {
            var next = i + 1 < groups.Count
                ? groups[i + 1].Offset
                : int.Parse(total.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            bytes += groups[i].IsCold ? 0 : next - groups[i].Offset;
        }
        return new MethodListing(
            MethodName().Match(lines[0]).Groups[1].Value,
            target[(target.IndexOf(" for ", StringComparison.Ordinal) + 5)..],
            bytes,
            groups.Where(group => !group.IsCold).Sum(group => group.Instructions.Count),
            string.Join('\n', groups.SelectMany(group => group.Instructions)));
    }

    [GeneratedRegex(@":(\w+)\(")]
    private static partial Regex MethodName();

    [GeneratedRegex(@"^G_M\w+:.*offset=0x([0-9A-F]+)")]
    private static partial Regex GroupStart();

    [GeneratedRegex(@"^; Total bytes of code (\d+)")]
    private static partial Regex TotalBytes();

    [GeneratedRegex("0x[0-9A-F]{7,16}")]
    private static partial Regex Address();

    private readonly record struct Group(int Offset, List<string> Instructions)
    {
        public bool IsCold => Instructions.Exists(
            instruction => instruction.StartsWith("call", StringComparison.Ordinal)
                || instruction.StartsWith("int3", StringComparison.Ordinal));
    }
}
