using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>Files of the first version, with the numbers that its program counted.</summary>
public sealed class OldFilesTests
{
    private static readonly JsonSerializerOptions WithAllNumbers = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new NuintConverter() },
    };

    [Fact]
    public void An_old_capture_is_read_with_all_that_is_in_it()
    {
        var capture = MemoryCapture.Read(FixedFile.PathOf("written-by-1.0.arena"));
        Assert.Null(capture.Problem);
        Assert.Equal("1.0", capture.FormatVersion.ToString());
        var arena = Assert.Single(capture.Arenas);
        Assert.Equal(("level", 0, 1L << 22), (arena.Name, arena.Number, arena.BudgetBytes));
        Assert.Equal(60, arena.Frames.Sum(frames => frames.Frames));
        Assert.Equal(
            ["arena 'level'", "heap 'texts'", "pool 'walls'"],
            arena.Allocators.Select(each => each.ToString()).Order());
        Assert.Equal([20L, 60L], capture.Sites.Select(site => site.LiveCount).Order());
        Assert.All(capture.Sites, site => Assert.Equal(site.LiveCount, site.Counts[^1]));
        Assert.Equal(
            ["steady", "closing"],
            capture.Events.Where(each => each.Stack.Length == 0).Select(each => each.Text));
        Assert.Single(capture.Events, each => each.Kind == CaptureEventKind.InvalidFree);
        Assert.Equal(["round 0", "round 20", "round 40", "end"], capture.Snapshots.Select(each => each.Name));
        var map = Assert.Single(capture.Maps);
        Assert.True(map.IsComplete);
        Assert.Equal(31 + 11 + 1, map.LiveCount);
    }

    /// <summary>
    /// The capture of a game that leaks, read to the last value. The test compares a checksum of each part as JSON;
    /// it was taken when the reader was the one of version 1.0.
    /// </summary>
    [Fact]
    public Task Every_value_of_an_old_games_capture_is_what_it_was()
    {
        var capture = MemoryCapture.Read(FixedFile.PathOf("game-of-1.0.arena"));
        return Verify(string.Join('\n', typeof(MemoryCapture).GetProperties()
            .Select(part => (part.Name, Json: JsonSerializer.Serialize(part.GetValue(capture), WithAllNumbers)))
            .OrderBy(part => part.Name, StringComparer.Ordinal)
            .Select(part => $"{part.Name} {part.Json.Length} {Checksum(part.Json)}")));
    }

    [Fact]
    public void An_old_samplers_file_is_read_with_all_that_is_in_it()
    {
        var record = MemoryRecord.Read(FixedFile.PathOf("written-by-1.0.memory"));
        Assert.Equal(0, record.UnreadableBytes);
        Assert.Equal(100, record.Cells.Sum(cell => cell.SampleCount));
        Assert.Equal(8 * 99, record.Cells[^1].PeakBytes - record.Cells[0].FloorBytes);
        Assert.Equal(2, record.Tags.Count);
        Assert.Equal("Program.cs:", record.Sites[1].Name[..11]);
        foreach (var categories in (IReadOnlyList<MemoryCategory>[])[record.Sites, record.Tags])
            Assert.Equal(record.Cells[^1].LiveBytes, categories.Sum(category => category.LiveBytes[^1]), 1e-6);
    }

    [Fact]
    public void An_old_trace_is_read_with_all_that_is_in_it()
    {
        var trace = AllocationTrace.Read(FixedFile.PathOf("written-by-1.0.trace.gz"));
        Assert.Equal((50, 50, 25), (trace.AllocationCount, trace.TickCount, trace.PeakLiveCount));
        Assert.Equal(125, trace.Events.Length);
    }

    private static string Checksum(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private sealed class NuintConverter : JsonConverter<nuint>
    {
        public override nuint Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            (nuint)reader.GetUInt64();

        public override void Write(Utf8JsonWriter writer, nuint value, JsonSerializerOptions options) =>
            writer.WriteNumberValue((ulong)value);
    }
}
