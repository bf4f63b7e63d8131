namespace Arena.Diagnostics;

/// <summary>An accounting category in a tracker.</summary>
internal sealed class Tag(string? name, int number)
{
    /// <summary>The tag of allocations under no tag.</summary>
    public static Tag None { get; } = new(null, 0);

    public string? Name { get; } = name;

    public int Number { get; } = number;

    /// <summary>The ceiling on its bytes; null if none was set.</summary>
    public TagAccount? Account { get; set; }
}
