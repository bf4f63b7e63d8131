using System.Text;
using GameLoop.Measurement;
using GameLoop.Options;

namespace GameLoop.Viewing;

/// <summary>The run of --still: plays the arena backend and writes what its camera sees.</summary>
internal static class StillSession
{
    public static int Run(RunOptions options, string path)
    {
        using var world = PlayedWorld.Start(Backend.Arena, options);
        for (var frame = 1; frame < options.Frames; frame++)
            world.Advance();
        OutputFile.Write(path, Encoding.UTF8.GetBytes(Still.Of(world.Look(), options).ToString()));
        return ExitCode.Success;
    }
}
