using System.Globalization;

namespace Arena.Bench.CodeSize;

/// <summary>The sizes kept in the repository: where they hold, and one line a method.</summary>
internal sealed record Baseline(string Runtime, string Target, IReadOnlyDictionary<string, Baseline.Size> Sizes)
{
    private const string RuntimeKey = "runtime: ";
    private const string TargetKey = "target: ";

    public static Baseline Of(string runtime, IReadOnlyList<MethodListing> listings) => new(
        runtime, listings[0].Target, listings.ToDictionary(l => l.Name, l => new Size(l.HotBytes, l.HotInstructions)));

    public static Baseline Read(string file)
    {
        var lines = File.ReadAllLines(file).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        var sizes = new Dictionary<string, Size>();
        foreach (var line in lines.Skip(2))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            sizes[words[0]] = new Size(Number(words[1]), Number(words[2]));
        }
        return new Baseline(lines[0][RuntimeKey.Length..], lines[1][TargetKey.Length..], sizes);
    }

    public void Write(string file) => File.WriteAllLines(
        file,
        [
            "# Hot machine code of each path: bytes, instructions. Written by Arena.Bench --code-size --write FILE",
            RuntimeKey + Runtime,
            TargetKey + Target,
            .. Sizes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(
                pair => string.Create(
                    CultureInfo.InvariantCulture, $"{pair.Key,-20} {pair.Value.Bytes,4} {pair.Value.Instructions,4}")),
        ]);

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    internal readonly record struct Size(int Bytes, int Instructions);
}
