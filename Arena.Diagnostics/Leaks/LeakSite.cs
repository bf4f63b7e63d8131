namespace Arena.Diagnostics;

/// <summary>A line of source and what it allocated that is still alive.</summary>
public sealed record LeakSite
{
    /// <summary>The source file, as the compiler knew it.</summary>
    public required string File { get; init; }

    /// <summary>The line in it.</summary>
    public required int Line { get; init; }

    /// <summary>The member that the line is in.</summary>
    public required string Member { get; init; }

    /// <summary>The accounting category; null where none was set.</summary>
    public string? Tag { get; init; }

    /// <summary>Live allocations.</summary>
    public required int Count { get; init; }

    /// <summary>Their bytes, as granted.</summary>
    public required nuint Bytes { get; init; }

    /// <summary>One line for a log.</summary>
    public override string ToString() => $"{Bytes} bytes in {Count} from {Path.GetFileName(File)}:{Line} ({Member})";
}
