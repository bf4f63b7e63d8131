using System.Diagnostics;
using System.Globalization;
using GameLoop.Racing;

namespace GameLoop.Output;

/// <summary>The progress of a race as lines, for a file: one every few seconds.</summary>
internal sealed class RaceLines(TextWriter output) : IRaceProgress
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _last = Stopwatch.GetTimestamp();

    public void Preparing(string name, int percent) => Write($"{name}: first frames", percent / 100.0);

    public void Playing(double share) => Write("frames, in turns", share);

    public void Churning(double share) => Write("churn, in turns", share);

    private void Write(string what, double share)
    {
        lock (_lock)
        {
            if (Stopwatch.GetElapsedTime(_last) < Often)
                return;
            _last = Stopwatch.GetTimestamp();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {share:0 %}"));
        }
    }
}
