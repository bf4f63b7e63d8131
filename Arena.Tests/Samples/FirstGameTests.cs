using System.Globalization;
using System.Runtime.CompilerServices;
using FirstGame;

namespace Arena.Tests.Samples;

/// <summary>The game that a newcomer would write, without unsafe code.</summary>
public sealed class FirstGameTests
{
    [Fact]
    public void It_plays_and_nothing_leaks()
    {
        var (code, output) = Run("300");
        Assert.Equal(0, code);
        Assert.StartsWith("Frame 300: 200 ships", output, StringComparison.Ordinal);
        Assert.Contains("Nothing leaked.", output);
        Assert.DoesNotContain(" 0 ships lost", output);
    }

    [Fact]
    public void It_plays_alike_each_time() => Assert.Equal(Run("200"), Run("200"));

    [Fact]
    public void A_trail_that_was_forgotten_is_named_by_the_line_that_made_it()
    {
        var (code, output) = Run("300", "--leak");
        Assert.Equal(3, code);
        var line = 1 + Array.FindIndex(
            File.ReadAllLines(GameFile()), text => text.Contains("Trail = new(", StringComparison.Ordinal));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Game.cs:{line}"), output);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("")]
    [InlineData("1", "2")]
    public void A_bad_argument_is_one_line_and_code_2(params string[] arguments)
    {
        using var error = new StringWriter();
        Assert.Equal(2, Play.Run(arguments, TextWriter.Null, error));
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public void Its_source_has_no_unsafe_code_and_no_pointer()
    {
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(GameFile())!, "*.cs"))
        {
            var text = File.ReadAllText(file);
            Assert.DoesNotContain("unsafe", text);
            Assert.DoesNotContain("Unsafe.", text);
            Assert.DoesNotMatch(@"\(nu?int\)", text);
        }
    }

    private static (int Code, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = Play.Run(arguments, output, TextWriter.Null);
        return (code, output.ToString());
    }

    private static string GameFile([CallerFilePath] string test = "") =>
        Path.Combine(Path.GetDirectoryName(test)!, "../../samples/FirstGame/Game.cs");
}
