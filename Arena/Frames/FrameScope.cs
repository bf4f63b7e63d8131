namespace Arena;

/// <summary>
/// Rewinds a <see cref="FrameAllocator"/> at the end of a block of code:
/// <c>using var scratch = frames.Scope();</c>. Memory that was allocated inside dies there.
/// </summary>
/// <example>
/// <code>
/// using (frame.Scope())
/// {
///     var scratch = frame.AllocateSpan&lt;int&gt;(64);
/// }
/// </code>
/// </example>
public readonly ref struct FrameScope
{
    private readonly FrameMark _start;

    internal FrameScope(FrameMark start) => _start = start;

    /// <summary>Rewinds to where the scope began.</summary>
    /// <exception cref="InvalidOperationException">
    /// The frame ended inside the scope, or was rewound below its beginning.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Dispose() => _start.Owner?.Rewind(_start);
}
