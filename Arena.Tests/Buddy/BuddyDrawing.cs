using System.Text;

namespace Arena.Tests.Buddy;

/// <summary>A buddy as text: one character an atom of 16 bytes, a bar where a live region starts.</summary>
internal sealed class BuddyDrawing(BuddyAllocator buddy)
{
    private readonly StringBuilder _text = new();
    private readonly nuint _base = FirstAddress(buddy);

    public void Add(string step)
    {
        var atoms = new char[buddy.CapacityBytes / 16];
        Array.Fill(atoms, '.');
        foreach (var (address, byteCount) in buddy.LiveRegions())
        {
            var region = atoms.AsSpan((int)((address - _base) / 16), (int)(byteCount / 16));
            region.Fill('=');
            region[0] = '|';
        }
        _text.Append(new string(atoms)).Append("  ").Append(step);
        _text.Append("; largest free ").Append(buddy.LargestFreeBytes).Append('\n');
    }

    public override string ToString() => _text.ToString();

    private static unsafe nuint FirstAddress(BuddyAllocator buddy)
    {
        var largest = buddy.Allocate(buddy.LargestFreeBytes);
        buddy.Free(largest);
        return (nuint)largest;
    }
}
