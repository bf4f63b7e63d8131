using System.Globalization;
using GameLoop.Churning;
using GameLoop.Options;

namespace GameLoop.Racing;

/// <summary>The side of a backend's process: does what the lines of <see cref="RaceLine"/> ask for.</summary>
internal static class ChildServer
{
    /// <summary>Plays the first of the options' backends until the input ends.</summary>
    public static int Serve(RunOptions options, TextReader input, TextWriter output)
    {
        // Ctrl+C reaches all processes of a terminal. The program decides what it means, and this one ends with it.
        Console.CancelKeyPress += static (_, e) => e.Cancel = true;
        using var contestant = new LocalContestant(options.Backends[0], options);
        contestant.Prepare(() => Write(output, RaceLine.Percent));
        Write(output, RaceLine.Ready);
        while (input.ReadLine() is { } line)
        {
            var (word, content) = RaceLine.Parse(line);
            Write(output, word switch
            {
                RaceLine.Step => RaceLine.Of(
                    RaceLine.Slice, SliceText.Of(contestant.Step(int.Parse(content, CultureInfo.InvariantCulture)))),
                RaceLine.Look => RaceLine.Of(RaceLine.Look, contestant.Look(), RaceJson.Line.WorldLook),
                RaceLine.End => RaceLine.Of(RaceLine.End, contestant.End(), RaceJson.Line.WorldTotals),
                RaceLine.Churn => RaceLine.Of(RaceLine.Churn, contestant.Churn(Enum.Parse<ChurnKind>(content))),
                _ => throw new InvalidDataException($"'{line}' is nothing that a backend's process can do."),
            });
        }
        return ExitCode.Success;
    }

    private static void Write(TextWriter output, string line)
    {
        output.Write(line);
        output.Write('\n');
        output.Flush();
    }
}
