using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GameLoop.Options;

namespace GameLoop.Measurement;

/// <summary>
/// Runs a backend in a process of its own, so that it shares neither peak memory nor the collector's state.
/// The child writes a dot for each percent, a line feed, and the <see cref="MeasuredRun"/> as one line of JSON.
/// </summary>
internal static class ChildProcess
{
    private const char Percent = '.';

    /// <summary>Runs a backend in a child.</summary>
    /// <returns>The child's measurements, or null if no child could be started.</returns>
    /// <exception cref="RunFailedException">The child failed.</exception>
    public static MeasuredRun? TryRun(Backend backend, RunOptions options, Action onPercent)
    {
        Process? child;
        try
        {
            child = Process.Start(StartInfo(backend, options));
        }
        catch (Win32Exception)
        {
            return null;
        }
        if (child is null)
            return null;
        using (child)
        {
            var errors = child.StandardError.ReadToEndAsync();
            for (int c; (c = child.StandardOutput.Read()) == Percent;)
                onPercent();
            var result = child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            if (child.ExitCode != ExitCode.Success)
                throw new RunFailedException($"{backend.Word}: {FirstLine(errors.Result, child.ExitCode)}");
            return JsonSerializer.Deserialize(result, RunJson.Line.MeasuredRun)
                ?? throw new RunFailedException($"{backend.Word}: the child process said nothing");
        }
    }

    /// <summary>Runs the child's side.</summary>
    public static int Serve(RunOptions options)
    {
        using var output = Console.OpenStandardOutput();
        var result = WorldRunner.Run(options.Backends[0], options, () => output.Write("."u8));
        output.Write("\n"u8);
        JsonSerializer.Serialize(output, result, RunJson.Line.MeasuredRun);
        return ExitCode.Success;
    }

    private static ProcessStartInfo StartInfo(Backend backend, RunOptions options)
    {
        var name = typeof(ChildProcess).Assembly.GetName().Name;
        var host = Environment.ProcessPath ?? "dotnet";
        var isOwnHost = Path.GetFileNameWithoutExtension(host) == name;
        var isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        string[] program = isOwnHost
            ? [host] : [isDotnet ? host : "dotnet", Path.Combine(AppContext.BaseDirectory, $"{name}.dll")];
        return new ProcessStartInfo(program[0], [.. program[1..], .. Arguments(backend, options)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static string[] Arguments(Backend backend, RunOptions options) =>
    [
        OptionSet.ChildOption,
        "--backend", backend.Word,
        "--frames", options.Frames.ToString(CultureInfo.InvariantCulture),
        "--entities", options.Entities.ToString(CultureInfo.InvariantCulture),
        "--threads", options.Threads.ToString(CultureInfo.InvariantCulture),
        "--seed", options.Seed.ToString(CultureInfo.InvariantCulture),
        "--leak", options.LeakRate.ToString("R", CultureInfo.InvariantCulture),
        .. options.MetricsPort is { } port && backend == Backend.Arena
            ? (string[])["--metrics", port.ToString(CultureInfo.InvariantCulture)] : [],
    ];

    private static string FirstLine(string errors, int exitCode)
    {
        var line = errors.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        return end < 0 && line.IsEmpty ? $"the child process ended with code {exitCode}"
            : line[..(end < 0 ? line.Length : end)].ToString();
    }
}
