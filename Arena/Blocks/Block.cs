using System.Globalization;
using System.Text;

namespace Arena;

/// <summary>
/// A run of whole pages lent by a <see cref="PageArena"/>. It is a value and not an owner: give it back with
/// <see cref="PageArena.Free(Block)"/> once.
/// </summary>
/// <example>
/// <code>
/// var block = arena.Allocate(100_000);
/// Console.WriteLine($"{block.ByteCount} bytes");      // rounded up to pages
/// arena.Free(block);
/// </code>
/// </example>
public readonly unsafe record struct Block
{
    private readonly nuint _address;

    internal Block(void* address, nuint byteCount)
    {
        _address = (nuint)address;
        ByteCount = byteCount;
    }

    /// <summary>The first byte, page-aligned; null for <c>default</c>.</summary>
    public void* Address => (void*)_address;

    /// <summary>The length in bytes, a multiple of <see cref="PageArena.PageBytes"/>; 0 for <c>default</c>.</summary>
    public nuint ByteCount { get; }

    /// <summary>Returns the block as a span.</summary>
    /// <exception cref="InvalidOperationException">The block is longer than the longest span (2 GiB).</exception>
    public Span<byte> AsSpan() => ByteCount <= int.MaxValue
        ? new Span<byte>(Address, (int)ByteCount)
        : throw new InvalidOperationException(
            $"A span holds at most {int.MaxValue} bytes and this block has {ByteCount}: work through Address.");

    /// <summary>Returns whether an address, which can be any, lies in the block.</summary>
    internal bool Covers(nuint address) => unchecked(address - _address) < ByteCount;

    /// <summary>Address and size. (The text that the compiler generates for a pointer property never ends.)</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        PrintMembers(text);
        return text.ToString();
    }

    // The compiler's version boxes the pointer, which NativeAOT cannot compile when every member is kept.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"Block 0x{_address:x} of {ByteCount} bytes");
        return true;
    }
}
