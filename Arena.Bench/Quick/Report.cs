using System.Text.Json;
using System.Text.Json.Serialization;
using Arena.Bench.Contestants;

namespace Arena.Bench.Quick;

/// <summary>The results of a quick run; the file that <c>--json</c> writes and <c>--chart</c> reads.</summary>
internal sealed record Report(
    string Machine, string System, string Runtime, int Rounds, List<Report.Question> Questions)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) 
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The C allocators and their versions.</summary>
    public List<Peer> Peers { get; init; } = [];

    public static Report Read(string file) =>
        JsonSerializer.Deserialize<Report>(File.ReadAllText(file), Options)
        ?? throw new InvalidDataException($"{file} holds no report.");

    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, Options) + "\n");

    /// <summary>One workload's results.</summary>
    internal sealed record Question(string Id, string Title, string Unit, List<Time> Times, List<Ratio> Ratios);

    /// <summary>A C allocator, its version, and whether it checks frees.</summary>
    internal sealed record Peer(string Name, string Version, FreeCheck Frees);

    /// <summary>Median of the rounds, in nanoseconds.</summary>
    internal sealed record Time(string Contestant, double Median, FreeCheck Frees = FreeCheck.None);

    /// <summary>Median and quartiles of the ratios of single rounds, and the limit if there is one.</summary>
    /// <remarks>
    /// The floor is the median ratio of a loop that does only what cannot be avoided to the same rival.
    /// </remarks>
    internal sealed record Ratio(
        string Subject, string Against, double Median, double LowerQuartile, double UpperQuartile, double? Limit,
        double? Floor = null)
    {
        public bool Kept => Limit is not { } limit || Median <= limit;
    }
}
