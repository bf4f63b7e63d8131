using System.Text.Json;

namespace Arena.Bench.Quick;

/// <summary>The results of a quick run; the file that <c>--json</c> writes and <c>--chart</c> reads.</summary>
internal sealed record Report(
    string Machine, string System, string Runtime, int Rounds, List<Report.Question> Questions)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Report Read(string file) =>
        JsonSerializer.Deserialize<Report>(File.ReadAllText(file), Options)
        ?? throw new InvalidDataException($"{file} holds no report.");

    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, Options) + "\n");

    /// <summary>One workload's results.</summary>
    internal sealed record Question(string Id, string Title, string Unit, List<Time> Times, List<Ratio> Ratios);

    /// <summary>Median of the rounds, in nanoseconds.</summary>
    internal sealed record Time(string Contestant, double Median);

    /// <summary>Median and quartiles of the ratios of single rounds, and the limit.</summary>
    internal sealed record Ratio(
        string Subject, string Against, double Median, double LowerQuartile, double UpperQuartile, double Limit)
    {
        public bool Kept => Median <= Limit;
    }
}
