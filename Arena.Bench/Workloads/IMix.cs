namespace Arena.Bench.Workloads;

/// <summary>The numbers of W5.</summary>
internal interface IMix
{
    /// <summary>The number of live allocations.</summary>
    static abstract int LiveCount { get; }

    /// <summary>
    /// Sizes are 16 to <c>16 &lt;&lt; Octaves</c> bytes; 0 for 64 bytes always, -1 for log-normal ones.
    /// </summary>
    static abstract int Octaves { get; }
}

/// <summary>A mix that fits the caches.</summary>
internal readonly struct MixFew : IMix
{
    public static int LiveCount => 500;

    public static int Octaves => 8;
}

/// <summary>Sizes to 4 KiB.</summary>
internal readonly struct Mix4K : IMix
{
    public static int LiveCount => 20_000;

    public static int Octaves => 8;
}

/// <summary>Small sizes, log-normal around 64 bytes.</summary>
internal readonly struct MixNormal : IMix
{
    public static int LiveCount => 20_000;

    public static int Octaves => -1;
}

/// <summary>Sizes to 256 KiB.</summary>
internal readonly struct Mix256K : IMix
{
    public static int LiveCount => 20_000;

    public static int Octaves => 14;
}

/// <summary>100,000 of 64 bytes.</summary>
internal readonly struct Mix64 : IMix
{
    public static int LiveCount => 100_000;

    public static int Octaves => 0;
}
