using System.Diagnostics;

namespace GameLoop.Rollback;

/// <summary>
/// The sync test of rollback netcode: every frame is saved, taken back, played again, and must come out the same.
/// </summary>
/// <param name="frames">Frames to measure of each kind.</param>
/// <param name="back">Frames to go back.</param>
/// <param name="progress">Gets a line before the frames are played.</param>
internal sealed class SyncTest(int frames, int back, TextWriter progress)
{
    private const int WarmUpFrames = 60;

    private readonly ulong[] _checksums = new ulong[back + 1];
    private readonly List<double> _saves = new((WarmUpFrames + frames) * (back + 2));
    private readonly List<double> _restores = new(WarmUpFrames + frames);
    private int _wrongFrame = -1;

    /// <summary>The frames of the world that <see cref="Play"/> steps through at most.</summary>
    public static int FramesFor(int frames) => 3 * WarmUpFrames + 4 * frames;

    /// <summary>Plays, and goes on to a last frame, which all contestants compare.</summary>
    public RollbackResult Play(IRollback rollback, int lastFrame)
    {
        var world = rollback.World;
        for (var frame = 0; frame < WarmUpFrames; frame++)
            world.Step();
        progress.WriteLine($"{rollback.Name}: {frames} frames, those saved, and {frames} times {back} frames back");
        var plain = Times(world.Step);
        rollback.Begin(back + 1);
        for (var frame = 0; frame < WarmUpFrames; frame++)
            StepAndSave(rollback);
        _saves.Clear();
        var managed = GC.GetAllocatedBytesForCurrentThread();
        var saved = Times(() => StepAndSave(rollback));
        managed = (GC.GetAllocatedBytesForCurrentThread() - managed) / frames;
        var saveMs = Median(_saves);
        for (var frame = 0; frame < WarmUpFrames; frame++)
            GoBack(rollback);
        _restores.Clear();
        var rollbacks = Times(() => GoBack(rollback), () => StepAndSave(rollback));
        var held = rollback.HeldBytes;
        rollback.End();
        // Before the code was compiled for good, a frame took longer.
        plain.AddRange(Times(world.Step));
        while (world.Frame < lastFrame)
            world.Step();
        return new RollbackResult(
            rollback.Name, Median(plain), Median(saved), saveMs, Median(_restores), Median(rollbacks),
            held, managed, world.Checksum(), _wrongFrame);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private List<double> Times(Action measured, Action? before = null)
    {
        List<double> times = new(frames);
        for (var i = 0; i < frames; i++)
        {
            before?.Invoke();
            var start = Stopwatch.GetTimestamp();
            measured();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return times;
    }

    private ulong StepAndSave(IRollback rollback)
    {
        rollback.World.Step();
        var start = Stopwatch.GetTimestamp();
        var checksum = rollback.Save();
        _saves.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return _checksums[rollback.World.Frame % _checksums.Length] = checksum;
    }

    private void GoBack(IRollback rollback)
    {
        var newest = rollback.World.Frame;
        var start = Stopwatch.GetTimestamp();
        rollback.Restore(newest - back);
        _restores.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        for (var frame = newest - back + 1; frame <= newest; frame++)
        {
            var expected = _checksums[frame % _checksums.Length];
            if (StepAndSave(rollback) != expected && _wrongFrame < 0)
                _wrongFrame = frame;
        }
    }
}
