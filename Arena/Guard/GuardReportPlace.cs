using System.Globalization;

namespace Arena;

/// <summary>A guarded place in a <see cref="GuardReport"/>.</summary>
/// <example><code>
/// foreach (var place in GuardReport.Read("game.guard").Places)
///     Console.WriteLine($"{place.Allocator}: {place.ByteCount} bytes at 0x{place.Address:x}");
/// </code></example>
public sealed record GuardReportPlace
{
    /// <summary>The allocator's kind and name: "heap 'level'".</summary>
    public string Allocator { get; init; } = "";

    /// <summary>The address of the allocation.</summary>
    public nuint Address { get; init; }

    /// <summary>The bytes requested.</summary>
    public nuint ByteCount { get; init; }

    /// <summary>The start of its pages.</summary>
    public nuint FirstAddress { get; init; }

    /// <summary>The end of the inaccessible page behind them.</summary>
    public nuint EndAddress { get; init; }

    /// <summary>The line that allocated it, as "File.cs:12 (Member)"; empty if unknown.</summary>
    public string AllocatedAt { get; init; } = "";

    /// <summary>The line that freed it; empty if it is live or the line is unknown.</summary>
    public string FreedAt { get; init; } = "";

    /// <summary>The managed thread that allocated it.</summary>
    public int AllocatedThread { get; init; }

    /// <summary>The managed thread that freed it; 0 if it is live.</summary>
    public int FreedThread { get; init; }

    /// <summary>The frame in which it was freed.</summary>
    public uint FreedFrame { get; init; }

    /// <summary>True if it was freed.</summary>
    public bool IsFreed { get; init; }

    /// <summary>Describes the place in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{ByteCount} bytes of {Allocator} at 0x{Address:x}, {Lines}");

    internal bool Holds(nuint address) => address >= FirstAddress && address < EndAddress;

    /// <summary>Describes an access to an address in this place.</summary>
    internal string Describe(nuint address)
    {
        var end = Address + ByteCount;
        var what = IsFreed ? "use after free" : address >= end ? "overrun" : "underrun";
        var where = address >= end ? $"{address - end} bytes past the end of"
            : address >= Address ? $"{address - Address} bytes into"
            : $"{Address - address} bytes in front of";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what} at 0x{address:x}, {where} {ByteCount} bytes of {Allocator} at 0x{Address:x}, {Lines}");
    }

    private string Lines
    {
        get
        {
            var allocated = $"allocated at {Or(AllocatedAt)} by thread {AllocatedThread}";
            return IsFreed
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{allocated}, freed at {Or(FreedAt)} by thread {FreedThread} in frame {FreedFrame}")
                : allocated;
        }
    }

    private static string Or(string line) => line.Length == 0 ? "an unknown line" : line;
}
