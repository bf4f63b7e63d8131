using GameLoop.Rules;

namespace GameLoop.Backends;

/// <summary>Memory for one frame, lent by a backend; nothing may keep it.</summary>
internal readonly ref struct FrameScratch
{
    /// <summary>One entry for each ship.</summary>
    public required Span<GridEntry> Ships { get; init; }

    /// <summary>One entry for each ship.</summary>
    public required Span<GridEntry> SortedShips { get; init; }

    /// <summary>One number for each cell of the grid.</summary>
    public required Span<int> CellEnds { get; init; }

    /// <summary>Room for as many sprites as there are entities; only those in view are written.</summary>
    public required Span<Sprite> Sprites { get; init; }
}
