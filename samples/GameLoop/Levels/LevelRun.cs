using System.Diagnostics;
using GameLoop.Measurement;

namespace GameLoop.Levels;

/// <summary>
/// Level changes: a level fills memory, ends, and leaves scattered survivors; then frames that churn a little. Every
/// contestant plays the same, and all that they read must be the same.
/// </summary>
internal sealed class LevelRun(ulong seed)
{
    public const int FramesPerLevel = 300;

    private const int Assets = 60_000;
    private const int Shots = 200_000;
    private const int KeepOneAssetIn = 8;
    private const int KeepOneShotIn = 20;
    private const int AssetChurn = 5;
    private const int ShotChurn = 50;
    private const int Reads = 2_000;
    private const int ComparedFrames = 10_000;

    // Within these, the work of the last level is done.
    private const int SettlingFrames = 1_000;

    private static readonly int[] Moments = [0, 10, 30, 100, FramesPerLevel];

    private Random _random = new((int)seed);

    /// <summary>Plays this many levels.</summary>
    /// <param name="memory">The memory into which they are loaded.</param>
    /// <param name="levels">The levels.</param>
    /// <param name="onFrame">Called after every frame, <see cref="FramesPerLevel"/> + 1 times a level.</param>
    public LevelResult Play(LevelMemory memory, int levels, Action onFrame)
    {
        _random = new Random((int)seed);
        List<double> frames = [];
        List<LevelRow> rows = [];
        long sum = 0;
        for (var level = 1; level <= levels; level++)
        {
            Load(memory);
            var peak = memory.CommittedBytes;
            var loaded = (double)peak / memory.LiveBytes;
            Leave(memory);
            memory.EndLevel();
            List<double> ratios = [];
            for (var frame = 0; frame <= FramesPerLevel; frame++)
            {
                if (Moments.Contains(frame))
                    ratios.Add((double)memory.CommittedBytes / memory.LiveBytes);
                var start = Stopwatch.GetTimestamp();
                sum += Step(memory);
                memory.EndFrame();
                frames.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                onFrame();
            }
            rows.Add(new LevelRow(level, peak, memory.LiveBytes, loaded, ratios));
        }
        frames.Sort();
        return new LevelResult(memory.Name, rows, At(frames, 0.5), At(frames, 0.999), sum);
    }

    /// <summary>
    /// Plays further frames until little is left to do, then others, half of them without the work at their end.
    /// Returns how much longer those with it take.
    /// </summary>
    public LeftOnResult Compare(LevelMemory memory)
    {
        FrameClocks with = new();
        FrameClocks without = new();
        for (var frame = 0; frame < SettlingFrames; frame++)
        {
            Step(memory);
            memory.EndFrame();
        }
        for (var frame = 0; frame < 2 * ComparedFrames; frame++)
        {
            // Neither always follows the other.
            var works = (frame + frame / 2) % 2 == 0;
            var clocks = works ? with : without;
            clocks.Start();
            Step(memory);
            if (works)
                memory.EndFrame();
            clocks.Stop();
        }
        with.Sort();
        without.Sort();
        return new LeftOnResult(
            At(with.Wall, 0.5) / At(without.Wall, 0.5),
            At(with.Wall, 0.999) / At(without.Wall, 0.999),
            ThreadClock.IsThere ? At(with.OnCore, 0.999) / At(without.OnCore, 0.999) : null);
    }

    /// <summary>The frames after a level's end at which a row has a ratio.</summary>
    public static IReadOnlyList<int> Frames => Moments;

    private static double At(List<double> sorted, double share) =>
        sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];

    private void Load(LevelMemory memory)
    {
        while (memory.AssetCount < Assets)
            memory.AddAsset(_random.Next(16, 2_000), (byte)_random.Next(256));
        while (memory.ShotCount < Shots)
            memory.AddShot(_random.Next());
    }

    // The last one takes the place of one that goes, so going downwards decides once for each.
    private void Leave(LevelMemory memory)
    {
        for (var i = memory.AssetCount - 1; i >= 0; i--)
        {
            if (_random.Next(KeepOneAssetIn) != 0)
                memory.RemoveAsset(i);
        }
        for (var i = memory.ShotCount - 1; i >= 0; i--)
        {
            if (_random.Next(KeepOneShotIn) != 0)
                memory.RemoveShot(i);
        }
    }

    private long Step(LevelMemory memory)
    {
        long sum = 0;
        for (var i = 0; i < AssetChurn; i++)
        {
            memory.RemoveAsset(_random.Next(memory.AssetCount));
            memory.AddAsset(_random.Next(16, 2_000), (byte)_random.Next(256));
        }
        for (var i = 0; i < ShotChurn; i++)
        {
            memory.RemoveShot(_random.Next(memory.ShotCount));
            memory.AddShot(_random.Next());
        }
        for (var i = 0; i < Reads; i++)
            sum += memory.ReadAsset(_random.Next(memory.AssetCount)) + memory.ReadShot(_random.Next(memory.ShotCount));
        return sum;
    }
}
