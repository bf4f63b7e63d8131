using System.Numerics;

namespace Arena;

// Where the addresses of an arena are: anywhere, or at a base that its maker chose.
public sealed unsafe partial class PageArena
{
    // What a reservation begins at on every system.
    private const nuint LeastBaseAlignment = 1u << 16;

    private static nuint BaseAlignment(nuint reservedBytes)
    {
        var natural = (nuint)1 << BitOperations.Log2(reservedBytes);
        return Math.Clamp(natural, LeastBaseAlignment, MaximumBaseAlignment);
    }

    // The base, and the reservation around it, with room in front of the base.
    private byte* Reserve(nuint frontBytes, out byte* reservation, out nuint byteCount)
    {
        var alignment = BaseAlignment(ReservedBytes);
        var wanted = _options.BaseAddress;
        if ((wanted & (alignment - 1)) != 0 || (wanted != 0 && wanted < frontBytes + LeastBaseAlignment)
            || unchecked(wanted + ReservedBytes) < wanted)
        {
            throw new ArgumentException(
                $"Arena '{Name}': BaseAddress is 0x{wanted:x}; with {ReservedBytes} bytes reserved, give a multiple of "
                + $"0x{alignment:x} behind the first 0x{frontBytes + LeastBaseAlignment:x}, or 0.");
        }
        var start = wanted == 0 ? 0 : (wanted - frontBytes) & ~(LeastBaseAlignment - 1);
        byteCount = wanted == 0 ? alignment + frontBytes + ReservedBytes : wanted - start + ReservedBytes;
        var address = (void*)start;
        var why = ArenaMappings.WhyNone(_memory.Mappings);
        if (why is null && wanted == 0 && _memory.Reserve(byteCount, out address) is { Failed: true } error)
            why = $"{error}; a smaller ReserveBytes may fit";
        else if (why is null && wanted != 0 && _memory.ReserveAt(address, byteCount) is { Failed: true } taken)
            why = $"{taken}; other memory of the process may lie there: choose another BaseAddress, or 0 for any";
        if (why is not null)
        {
            why = ForgottenArenas.Describe() is { } forgotten ? $"{why}; {forgotten}" : why;
            var place = wanted == 0 ? "" : $" at 0x{wanted:x}";
            throw new ArenaOutOfMemoryException(
                $"Arena '{Name}' cannot reserve {ReservedBytes} bytes of addresses{place}: {why}.", ReservedBytes);
        }
        reservation = (byte*)address;
        return wanted != 0 ? (byte*)wanted : (byte*)Align.Up((nuint)reservation + frontBytes, alignment);
    }
}
