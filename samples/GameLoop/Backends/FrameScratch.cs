using GameLoop.Rules;

namespace GameLoop.Backends;

/// <summary>Memory for one frame: a backend lends it, nobody keeps it.</summary>
internal readonly ref struct FrameScratch
{
    /// <summary>An entry a ship.</summary>
    public required Span<GridEntry> Ships { get; init; }

    /// <summary>An entry a ship.</summary>
    public required Span<GridEntry> SortedShips { get; init; }

    /// <summary>A number a cell of the grid.</summary>
    public required Span<int> CellEnds { get; init; }

    /// <summary>Room for as many as there are entities; only what is in view is written.</summary>
    public required Span<Sprite> Sprites { get; init; }
}
