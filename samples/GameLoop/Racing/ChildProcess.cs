using System.Diagnostics;
using System.Globalization;
using GameLoop.Options;

namespace GameLoop.Racing;

/// <summary>Starts this program once more, for one backend.</summary>
internal static class ChildProcess
{
    public static ProcessStartInfo Of(Backend backend, RunOptions options)
    {
        var name = typeof(ChildProcess).Assembly.GetName().Name;
        var host = Environment.ProcessPath ?? "dotnet";
        var isOwnHost = Path.GetFileNameWithoutExtension(host) == name;
        var isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        string[] program = isOwnHost
            ? [host] : [isDotnet ? host : "dotnet", Path.Combine(AppContext.BaseDirectory, $"{name}.dll")];
        var start = new ProcessStartInfo(program[0], [.. program[1..], .. Arguments(backend, options)]);
        foreach (var (variable, value) in options.GcSetting.Variables)
            start.Environment[variable] = value;
        return start;
    }

    private static string[] Arguments(Backend backend, RunOptions options) =>
    [
        OptionSet.ChildOption,
        "--backend", backend.Word,
        OptionSet.GcSettingOption, options.GcSetting.ToString(),
        "--frames", options.Frames.ToString(CultureInfo.InvariantCulture),
        "--entities", options.Entities.ToString(CultureInfo.InvariantCulture),
        OptionSet.JobThreadsOption, options.JobThreads.ToString(CultureInfo.InvariantCulture),
        "--sectors", options.Sectors.ToString(CultureInfo.InvariantCulture),
        "--seed", options.Seed.ToString(CultureInfo.InvariantCulture),
        "--leak", options.LeakRate.ToString("R", CultureInfo.InvariantCulture),
        .. options.MetricsPort is { } port && backend == Backend.Arena
            ? (string[])["--metrics", port.ToString(CultureInfo.InvariantCulture)] : [],
    ];
}
