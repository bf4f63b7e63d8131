namespace GameLoop.Rules;

/// <summary>What a world is made from, and the sizes that follow from it.</summary>
/// <param name="Entities">The population of all kinds together; every frame ends with exactly so many.</param>
/// <param name="Seed">Everything that happens follows from it.</param>
/// <param name="LeakRate">The share of frees, 0 to 1, that is forgotten in three places.</param>
/// <param name="PlannedFrames">How long it is to live: what is forgotten until then must find room.</param>
internal sealed record WorldSettings(int Entities, ulong Seed, double LeakRate = 0, int PlannedFrames = 0)
{
    private const int ShipsPerCell = 1;

    /// <summary>Somebody looks at its memory while it runs, on a backend that can show it.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Ships never get fewer: the next one starts where one was lost.</summary>
    public int Ships => Math.Max(1, Entities / 10);

    /// <summary>Pickups that drift about, at most.</summary>
    public int Pickups => Entities / 20;

    /// <summary>At least three, so that a cell's neighbours are nine different cells.</summary>
    public int CellsPerSide => Math.Max(3, (int)Math.Sqrt(Ships / (double)ShipsPerCell));

    /// <summary>The world's shape; a larger population has a larger world and the same density.</summary>
    public Torus Space => new(CellsPerSide * ShipGrid.CellSide);

    /// <summary>
    /// Divides the population among worlds that know nothing of each other; the first ones get one more where it does
    /// not divide evenly. The first keeps the seed, so that a division by one changes nothing.
    /// </summary>
    /// <param name="count">From 1 to <see cref="Entities"/>.</param>
    public IReadOnlyList<WorldSettings> Split(int count) =>
    [
        .. Enumerable.Range(0, count).Select(sector => this with
        {
            Entities = Entities / count + (sector < Entities % count ? 1 : 0),
            Seed = sector == 0 ? Seed : Rng.Mix(Seed, (ulong)sector),
        }),
    ];
}
