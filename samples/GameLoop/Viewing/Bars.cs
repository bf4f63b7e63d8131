namespace GameLoop.Viewing;

/// <summary>Numbers as block characters.</summary>
internal static class Bars
{
    private const string Heights = " ▁▂▃▄▅▆▇█";
    private const string Widths = " ▏▎▍▌▋▊▉█";
    private const int Steps = 8;

    /// <summary>A column for each value, as high as its share of the largest possible.</summary>
    public static string Columns(IEnumerable<double> values, double largest) => string.Concat(values.Select(
        value => Heights[(int)Math.Clamp(Math.Ceiling(Steps * value / largest), 0, Steps)]));

    /// <summary>A bar from the left, of at most this many characters.</summary>
    public static string Row(double value, double largest, int characters)
    {
        var steps = largest > 0 ? (int)Math.Clamp(Steps * characters * value / largest, 0, Steps * characters) : 0;
        var bar = new string(Widths[Steps], steps / Steps);
        return steps % Steps == 0 ? bar : bar + Widths[steps % Steps];
    }

    /// <summary>Averages values so that there are at most this many.</summary>
    public static IReadOnlyList<double> Fit(IReadOnlyList<int> values, int most)
    {
        var count = Math.Min(values.Count, most);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var from = (int)((long)values.Count * i / count);
                var to = (int)((long)values.Count * (i + 1) / count);
                return values.Skip(from).Take(to - from).Average();
            }),
        ];
    }
}
