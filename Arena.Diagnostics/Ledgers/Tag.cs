namespace Arena.Diagnostics;

/// <summary>An accounting category, as a tracker knows it.</summary>
internal sealed class Tag(string? name, int number)
{
    /// <summary>Of what was allocated under no tag.</summary>
    public static Tag None { get; } = new(null, 0);

    public string? Name { get; } = name;

    public int Number { get; } = number;

    /// <summary>The ceiling on its bytes; null where none was set.</summary>
    public TagAccount? Account { get; set; }
}
