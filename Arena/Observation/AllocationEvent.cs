namespace Arena;

/// <summary>An allocation, with the line of source that requested it (compile-time literals, no stack walk).</summary>
/// <param name="Allocator">The allocator that served it.</param>
/// <param name="Address">The first byte of the allocation.</param>
/// <param name="ByteCount">Bytes granted, at least those requested.</param>
/// <param name="File">The caller's source file.</param>
/// <param name="Line">The caller's line.</param>
/// <param name="Member">The caller's member.</param>
/// <example>
/// <code>
/// static void Log(in AllocationEvent allocation) =&gt;
///     Console.WriteLine($"{allocation.ByteCount} bytes from {allocation.File}:{allocation.Line}");
/// Log(default);
/// </code>
/// </example>
public readonly record struct AllocationEvent(
    Allocator Allocator, nuint Address, nuint ByteCount, string File, int Line, string Member)
{
    /// <summary>The line of source, as one value.</summary>
    public SourceLine Source => new(File, Line, Member);

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        $"{ByteCount} bytes at 0x{Address:x} in {Allocator.Label} from {Source}";
}
