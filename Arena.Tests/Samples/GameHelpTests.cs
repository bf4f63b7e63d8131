using GameLoop;
using GameLoop.Options;

namespace Arena.Tests.Samples;

public sealed class GameHelpTests
{
    [Fact]
    public void Help_says_what_every_exit_code_means()
    {
        using var output = new StringWriter();
        Assert.Equal(ExitCode.Success, CommandLine.Run(["--help"], output, TextWriter.Null));
        var text = string.Join(' ', output.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("exits with 0, or with 1 if a run failed, 2 for a bad option, 3 if memory was leaked", text,
            StringComparison.Ordinal);
    }
}
