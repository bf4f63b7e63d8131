using System.Numerics;

namespace GameLoop.Rules;

/// <summary>
/// All ships by cell, for one frame. Its memory is the caller's scratch. Within a cell ships lie in the order of
/// their berths and cells are searched in a fixed order, so an answer never depends on an address.
/// </summary>
internal readonly ref struct ShipGrid
{
    public const float CellSide = 64;

    private const float Sight = CellSide;
    private const float Elbowroom = 16;

    private readonly Torus _space;
    private readonly int _cellsPerSide;
    private readonly ReadOnlySpan<int> _cellEnds;
    private readonly ReadOnlySpan<GridEntry> _entries;

    /// <summary>Sorts ships by cell (a counting sort).</summary>
    /// <param name="settings">The world's settings.</param>
    /// <param name="ships">All ships in the order of their berths.</param>
    /// <param name="cellEnds">Room for a number for each cell.</param>
    /// <param name="sorted">Room for as many entries as there are ships.</param>
    public ShipGrid(
        WorldSettings settings, ReadOnlySpan<GridEntry> ships, Span<int> cellEnds, Span<GridEntry> sorted)
        : this(settings, cellEnds, sorted)
    {
        cellEnds.Clear();
        foreach (ref readonly var ship in ships)
            cellEnds[CellOf(ship.Position)]++;
        var start = 0;
        foreach (ref var cell in cellEnds)
            (cell, start) = (start, start + cell);
        // Each cell's start walks to its end while it is filled.
        foreach (ref readonly var ship in ships)
            sorted[cellEnds[CellOf(ship.Position)]++] = ship;
    }

    /// <summary>Looks at a grid that was sorted before, with other eyes: any number of threads may.</summary>
    public ShipGrid(WorldSettings settings, ReadOnlySpan<int> cellEnds, ReadOnlySpan<GridEntry> sorted)
    {
        _space = settings.Space;
        _cellsPerSide = settings.CellsPerSide;
        _cellEnds = cellEnds;
        _entries = sorted;
    }

    /// <summary>Returns everything that matters to a ship's pilot.</summary>
    public Surroundings Look(in ShipState ship)
    {
        var around = new Surroundings { NearestEnemy = -1 };
        var nearest = Sight * Sight;
        var column = Cell(ship.Position.X);
        var row = Cell(ship.Position.Y);
        for (var y = row - 1; y <= row + 1; y++)
        {
            for (var x = column - 1; x <= column + 1; x++)
                LookInto(CellAt(x, y), in ship, ref around, ref nearest);
        }
        return around;
    }

    /// <summary>Returns the berth of a ship near a point, or -1.</summary>
    public int FirstWithin(Vector2 point, float radius, int exceptFaction)
    {
        var (left, right) = (Cell(point.X - radius), Cell(point.X + radius));
        var (top, bottom) = (Cell(point.Y - radius), Cell(point.Y + radius));
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                foreach (ref readonly var ship in CellAt(x, y))
                {
                    if (ship.Faction != exceptFaction
                        && _space.Delta(point, ship.Position).LengthSquared() <= radius * radius)
                        return ship.Berth;
                }
            }
        }
        return -1;
    }

    private void LookInto(
        ReadOnlySpan<GridEntry> cell, in ShipState ship, ref Surroundings around, ref float nearest)
    {
        foreach (ref readonly var other in cell)
        {
            var delta = _space.Delta(ship.Position, other.Position);
            var distance = delta.LengthSquared();
            if (distance > Sight * Sight || other.Berth == ship.Berth)
                continue;
            if (distance < Elbowroom * Elbowroom)
                around.Push -= delta;
            if (other.Faction == ship.Faction)
            {
                around.Friends++;
                around.ToFriends += delta;
                around.FriendVelocity += other.Velocity;
            }
            else if (distance < nearest)
            {
                nearest = distance;
                around.NearestEnemy = other.Berth;
            }
        }
    }

    // Wraps an index from -1 to the number of cells a side: one step outside is the cell on the other edge.
    private static int Cell(float coordinate) => (int)MathF.Floor(coordinate * (1 / CellSide));

    private int CellOf(Vector2 position) => CellIndex(Cell(position.X), Cell(position.Y));

    private ReadOnlySpan<GridEntry> CellAt(int column, int row)
    {
        var cell = CellIndex(column, row);
        var start = cell == 0 ? 0 : _cellEnds[cell - 1];
        return _entries[start.._cellEnds[cell]];
    }

    private int CellIndex(int column, int row) => WrapCell(row) * _cellsPerSide + WrapCell(column);

    private int WrapCell(int cell) =>
        cell < 0 ? cell + _cellsPerSide : cell >= _cellsPerSide ? cell - _cellsPerSide : cell;
}
