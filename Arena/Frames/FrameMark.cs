namespace Arena;

/// <summary>A position in the present frame of one <see cref="FrameAllocator"/>, to rewind to.</summary>
/// <example>
/// <code>
/// var mark = frame.Mark();
/// var scratch = frame.AllocateSpan&lt;int&gt;(64);
/// frame.Rewind(mark);                                 // scratch is gone
/// </code>
/// </example>
public readonly unsafe struct FrameMark : IEquatable<FrameMark>
{
    internal FrameMark(FrameAllocator owner, ulong frame, FrameChunk* chunk, nuint position)
    {
        Owner = owner;
        Frame = frame;
        Chunk = (nuint)chunk;
        Position = position;
    }

    /// <summary>Null for <c>default</c>, which no allocator accepts.</summary>
    internal FrameAllocator? Owner { get; }

    internal ulong Frame { get; }

    internal nuint Chunk { get; }

    internal nuint Position { get; }

    /// <summary>Returns whether both are the same position of the same frame.</summary>
    public static bool operator ==(FrameMark left, FrameMark right) => left.Equals(right);

    /// <summary>Returns whether they differ.</summary>
    public static bool operator !=(FrameMark left, FrameMark right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(FrameMark other) =>
        Owner == other.Owner && Frame == other.Frame && Chunk == other.Chunk && Position == other.Position;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FrameMark other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Owner, Frame, Position);

    /// <summary>The allocator, the frame and the position.</summary>
    public override string ToString() =>
        Owner is null ? "no mark" : $"mark at 0x{Position:x} in frame {Frame} of {Owner.Label}";
}
