namespace GameLoop.Rules;

/// <summary>The settings of a world, and the sizes that follow from them.</summary>
/// <param name="Entities">The population of all kinds together, exactly, at the end of every frame.</param>
/// <param name="Seed">The seed of everything that happens.</param>
/// <param name="LeakRate">The share of frees, 0 to 1, that is forgotten in three places.</param>
internal sealed record WorldSettings(int Entities, ulong Seed, double LeakRate = 0)
{
    private const int ShipsPerCell = 1;

    /// <summary>True if its memory is observed while it runs, on a backend that can show it.</summary>
    public bool IsObserved { get; init; }

    /// <summary>The number of ships, which never falls: a new one starts where one was lost.</summary>
    public int Ships => Math.Max(1, Entities / 10);

    /// <summary>The most pickups that drift about.</summary>
    public int Pickups => Entities / 20;

    /// <summary>
    /// The grid's cells a side, at least three, so that a cell's neighbours are nine different cells.
    /// </summary>
    public int CellsPerSide => Math.Max(3, (int)Math.Sqrt(Ships / (double)ShipsPerCell));

    /// <summary>The world's shape; a larger population has a larger world and the same density.</summary>
    public Torus Space => new(CellsPerSide * ShipGrid.CellSide);

    /// <summary>
    /// Divides the population among worlds that know nothing of each other; the first ones get one more if it does
    /// not divide evenly. The first keeps the seed, so that a division by one changes nothing.
    /// </summary>
    /// <param name="count">The number of worlds, 1 to <see cref="Entities"/>.</param>
    public IReadOnlyList<WorldSettings> Split(int count) =>
    [
        .. Enumerable.Range(0, count).Select(sector => this with
        {
            Entities = Entities / count + (sector < Entities % count ? 1 : 0),
            Seed = sector == 0 ? Seed : Rng.Mix(Seed, (ulong)sector),
        }),
    ];
}
