namespace Arena.Bench.Worst;

/// <summary>A sequence of calls whose single times count; it makes the same ones whenever it is played.</summary>
/// <param name="Name">The name by which it is selected.</param>
/// <param name="Play">Plays it with this many allocations alive at most.</param>
internal sealed record Scenario(string Name, Action<int, Recorder> Play);
