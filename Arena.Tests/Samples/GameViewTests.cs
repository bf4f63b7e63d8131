using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GameLoop;
using GameLoop.Backends;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Rules;
using GameLoop.Viewing;

namespace Arena.Tests.Samples;

/// <summary>The game as a picture: in a terminal, and as a file.</summary>
public sealed class GameViewTests : IDisposable
{
    private static readonly RunOptions Options = new()
    {
        Backends = [Backend.Arena],
        Frames = 50,
        Entities = 2_000,
        Threads = 1,
        Seed = 1,
        LeakRate = 0,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gameloop");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Eight_dots_fill_a_character()
    {
        var canvas = new BrailleCanvas(columns: 2, rows: 1);
        Assert.Equal((4, 4), (canvas.Width, canvas.Height));
        for (var y = 0; y < 4; y++)
        {
            canvas.Set(0, y, 0xFFFFFF);
            canvas.Set(1, y, 0xFFFFFF);
        }
        Assert.Equal("\u28FF\u2800", Assert.Single(canvas.Lines(hasColours: false)));
    }

    [Theory]
    [InlineData(0, 0, 0x01)]
    [InlineData(0, 2, 0x04)]
    [InlineData(1, 0, 0x08)]
    [InlineData(1, 2, 0x20)]
    [InlineData(0, 3, 0x40)]
    [InlineData(1, 3, 0x80)]
    public void A_dot_is_its_bit(int x, int y, int bit)
    {
        var canvas = new BrailleCanvas(columns: 1, rows: 1);
        canvas.Set(x, y, 0x102030);
        Assert.Equal(((char)(0x2800 + bit)).ToString(), Assert.Single(canvas.Lines(hasColours: false)));
        Assert.StartsWith("\e[38;2;16;32;48m", Assert.Single(canvas.Lines(hasColours: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Dots_outside_of_the_picture_are_left_out()
    {
        var canvas = new BrailleCanvas(columns: 3, rows: 2);
        foreach (var (x, y) in new[] { (-1, 0), (0, -1), (6, 0), (0, 8), (int.MaxValue, int.MinValue) })
            canvas.Set(x, y, 0xFFFFFF);
        Assert.All(canvas.Lines(hasColours: true), line => Assert.Equal("\u2800\u2800\u2800", line));
    }

    [Fact]
    public void Bars_are_as_long_as_their_share()
    {
        Assert.Equal(" ▄█", Bars.Columns([0, 5, 10], largest: 10));
        Assert.Equal("██", Bars.Row(20, 20, characters: 2));
        Assert.Equal("█▌", Bars.Row(15, 20, characters: 2));
        Assert.Equal("", Bars.Row(0, 0, characters: 2));
        Assert.Equal([15, 35], Bars.Fit([10, 20, 30, 40], most: 2));
        Assert.Equal([10, 20], Bars.Fit([10, 20], most: 9));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(200, 60)]
    [InlineData(41, 14)]
    [InlineData(40, 5)]
    public void A_page_fits_the_terminal(int columns, int rows)
    {
        var (look, lanes) = Play();
        var lines = ViewPage.Of("GameLoop  2,000 entities", look, lanes, columns, rows, hasColours: false);
        Assert.All(lines, line => Assert.True(line.Length <= columns, line));
        if (rows >= 14)
            Assert.Equal(rows, lines.Count);
        Assert.Contains($"frame {look.Frame}", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, static line => line.StartsWith("arena  ", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("ships  ", StringComparison.Ordinal));
        Assert.StartsWith("heap map  ", lines[^1], StringComparison.Ordinal);
        Assert.Contains(lines.Skip(1).Take(3), static line => line.AsSpan().IndexOfAnyInRange('\u2801', '\u28FF') >= 0);
    }

    [Fact]
    public void A_look_shows_what_lives_and_changes_nothing()
    {
        using var looked = WorldRunner.Create(Backend.Arena, new WorldSettings(2_000, Seed: 4));
        using var other = WorldRunner.Create(Backend.Malloc, new WorldSettings(2_000, Seed: 4));
        var sprites = 0;
        looked.OnPicture = seen => sprites += seen.Length;
        for (var frame = 0; frame < 60; frame++)
        {
            looked.Step();
            _ = looked.Look();
            other.Step();
        }
        Assert.Equal(other.Checksum(), looked.Checksum());
        Assert.True(sprites > 60);
        var memory = looked.Look();
        Assert.Equal(
            ["ships", "shots", "particles", "pickups", "data", "scratch"], memory.Uses.Select(static use => use.Tag));
        Assert.All(memory.Uses, static use => Assert.True(use.Bytes > 0, use.Tag));
        Assert.All(memory.HeapMap, static percent => Assert.InRange(percent, 0, 100));
        Assert.Same(MemoryLook.None, other.Look());
    }

    [Fact]
    public void A_terminal_gets_back_its_cursor_and_its_screen_once()
    {
        using var output = new StringWriter();
        using (var screen = new ViewScreen(output))
        {
            screen.Draw(["one", "two"]);
            screen.Dispose();
            screen.Draw(["three"]);
        }
        var text = output.ToString();
        Assert.StartsWith("\e[?1049h\e[?25l", text, StringComparison.Ordinal);
        Assert.EndsWith("\e[0m\e[?25h\e[?1049l", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("\e[?25h").Length);
        Assert.DoesNotContain("three", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_output_goes_elsewhere_a_line_says_so_and_the_table_follows()
    {
        // The test's own output may be a terminal; then there is nothing to see here.
        if (!Console.IsOutputRedirected)
            return;
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] arguments = ["--view", "--backend", "malloc", "--frames", "10", "--entities", "100"];
        Assert.Equal(ExitCode.Success, CommandLine.Run(arguments, output, error));
        Assert.Equal("", error.ToString());
        Assert.Contains("--view needs a terminal", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("median frame (ms)", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output.ToString());
    }

    [Fact]
    public void The_picture_of_the_README_is_what_its_command_writes()
    {
        // Elsewhere the last bits of a square root may differ.
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return;
        var path = Path.Combine(_folder.FullName, "world.svg");
        Assert.Equal(
            ExitCode.Success,
            CommandLine.Run(["--still", path, "--frames", "400"], TextWriter.Null, TextWriter.Null));
        Assert.Equal(File.ReadAllText(Path.Combine(Root(), "docs", "world.svg")), File.ReadAllText(path));
    }

    private static (WorldLook Look, Lane[] Lanes) Play()
    {
        using var world = PlayedWorld.Start(Backend.Arena, Options);
        var lane = new Lane("arena");
        for (var turn = 0; turn < 30; turn++)
            lane.Add(world.Step(2).WallNanoseconds);
        return (world.Look(), [lane]);
    }

    private static string Root([CallerFilePath] string test = "") =>
        Path.Combine(Path.GetDirectoryName(test)!, "..", "..");
}
