using GameLoop.Churning;
using GameLoop.Measurement;
using GameLoop.Options;

namespace GameLoop.Racing;

/// <summary>A backend that plays in this process.</summary>
internal sealed class LocalContestant(Backend backend, RunOptions options) : IContestant
{
    /// <summary>The name of a job system that has the caller alone.</summary>
    public const string OneJobThread = "1 job thread";

    private PlayedWorld? _world;
    private IChurn? _churn;

    public string Name => NameOf(backend, options);

    private PlayedWorld World => _world ?? throw new InvalidOperationException($"{Name}: the world is not there.");

    public static string NameOf(Backend backend, RunOptions options) => options.JobThreads switch
    {
        0 => backend == Backend.Gc ? options.GcSetting.Word : backend.Word,
        1 => OneJobThread,
        var threads => $"{threads} job threads",
    };

    public void Prepare(Action onPercent) => _world = PlayedWorld.Prepare(backend, options, onPercent);

    public Slice Step(int frames) => World.Step(frames);

    public WorldLook Look() => World.Look();

    public WorldTotals End()
    {
        var totals = World.End();
        World.Dispose();
        _world = null;
        return totals;
    }

    public double Churn(ChurnKind kind) => (_churn ??= Churns.Of(backend)).Play(kind);

    public void Dispose()
    {
        _world?.Dispose();
        _churn?.Dispose();
    }
}
