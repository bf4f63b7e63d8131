using System.Globalization;
using System.Text;

namespace Arena.Pools;

/// <summary>A live allocation: START and LEN.</summary>
/// <example>
/// <code>
/// foreach (Allocation allocation in heap.Allocations())
///     Console.WriteLine(allocation);                  // START and LEN
/// </code>
/// </example>
public readonly unsafe record struct Allocation
{
    private readonly nuint _address;

    internal Allocation(void* address, nuint byteCount)
    {
        _address = (nuint)address;
        ByteCount = byteCount;
    }

    /// <summary>START: its first byte.</summary>
    public void* Address => (void*)_address;

    /// <summary>LEN: bytes granted, at least those requested.</summary>
    public nuint ByteCount { get; }

    /// <summary>Address and size.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        PrintMembers(text);
        return text.ToString();
    }

    // The compiler's version boxes the pointer, which NativeAOT cannot compile when every member is kept.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"0x{_address:x} of {ByteCount} bytes");
        return true;
    }
}
