using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Arena;

/// <summary>
/// Reads the crash file of a process that an access violation ended: see <see cref="GuardOptions.CrashReportPath"/>.
/// </summary>
/// <example><code>
/// if (File.Exists("game.guard") &amp;&amp; GuardReport.Read("game.guard") is { HasFault: true } report)
///     Console.Error.WriteLine(report);
/// </code></example>
public sealed class GuardReport
{
    private const int MostShown = 10;

    // The pages at the beginning, where null references fault.
    private const ulong NullBytes = 1 << 16;

    private GuardReport(int processId, DateTime startedAt, nuint faultAddress, List<GuardReportPlace> places)
    {
        ProcessId = processId;
        StartedAt = startedAt;
        FaultAddress = faultAddress;
        HasFault = places.Exists(place => place.Holds(faultAddress));
        // First the place of the fault; then freed places, the latest first; then live ones.
        Places = [.. places.OrderByDescending(place => place.Holds(faultAddress))
            .ThenByDescending(place => place.IsFreed).ThenByDescending(place => place.FreedFrame)];
    }

    /// <summary>The process that wrote the file.</summary>
    public int ProcessId { get; }

    /// <summary>The time at which that process opened the file, in UTC.</summary>
    public DateTime StartedAt { get; }

    /// <summary>The address of the last fault; 0 if none was recorded.</summary>
    public nuint FaultAddress { get; }

    /// <summary>True if the last fault lies in a guarded place, which is then the first one.</summary>
    public bool HasFault { get; }

    /// <summary>The guarded places, the likeliest first.</summary>
    public IReadOnlyList<GuardReportPlace> Places { get; }

    /// <summary>Reads the file of a process that has ended.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be read, or the process that writes it is still alive.</exception>
    /// <exception cref="InvalidDataException">The file is no crash file.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static GuardReport Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length != CrashFile.FileBytes || BitConverter.ToUInt64(bytes) != CrashFile.Magic)
            throw new InvalidDataException($"'{path}' is no crash file of a guarded arena.");
        var version = BitConverter.ToInt32(bytes, 8);
        if (version != CrashFile.Version)
        {
            throw new InvalidDataException(
                $"'{path}' has version {version}, and this program reads {CrashFile.Version}.");
        }
        var records = MemoryMarshal.Cast<byte, CrashRecord>(
            bytes.AsSpan(CrashFile.HeaderBytes, CrashFile.TextsOffset - CrashFile.HeaderBytes));
        List<GuardReportPlace> places = [];
        foreach (ref readonly var record in records)
        {
            if (record.State is (int)GuardState.Live or (int)GuardState.Waiting)
                places.Add(PlaceOf(in record, bytes));
        }
        var fault = BitConverter.ToUInt64(bytes, CrashFile.FaultOffset);
        var ticks = Math.Clamp(BitConverter.ToInt64(bytes, 16), 0, DateTime.MaxValue.Ticks);
        return new GuardReport(
            BitConverter.ToInt32(bytes, 12), new DateTime(ticks, DateTimeKind.Utc),
            fault < NullBytes ? 0 : (nuint)fault, places);
    }

    /// <summary>Describes what happened, in one sentence a line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (HasFault)
        {
            text.AppendLine(Places[0].Describe(FaultAddress));
            return text.ToString();
        }
        text.AppendLine(
            FaultAddress == 0
                ? "No fault was recorded in a guarded place."
                : string.Create(
                    CultureInfo.InvariantCulture, $"The last fault, at 0x{FaultAddress:x}, lies in no guarded place."));
        text.AppendLine(CultureInfo.InvariantCulture, $"Guarded places: {Places.Count}. The likeliest:");
        foreach (var place in Places.Take(MostShown))
            text.AppendLine($"  {place}");
        return text.ToString();
    }

    private static GuardReportPlace PlaceOf(in CrashRecord record, byte[] file) => new()
    {
        Allocator = Text(record.Allocator, file),
        Address = (nuint)record.Address,
        ByteCount = (nuint)record.ByteCount,
        FirstAddress = (nuint)record.Place,
        EndAddress = (nuint)record.PlaceEnd,
        AllocatedAt = Text(record.AllocatedLine, file),
        FreedAt = Text(record.FreedLine, file),
        AllocatedThread = record.AllocatedThread,
        FreedThread = record.FreedThread,
        FreedFrame = record.FreedFrame,
        IsFreed = record.State == (int)GuardState.Waiting,
    };

    // A damaged file may name texts that it does not have.
    private static string Text(int offset, byte[] file)
    {
        if (offset is <= 0 or > CrashFile.TextsBytes - 2)
            return "";
        var length = BitConverter.ToUInt16(file, CrashFile.TextsOffset + offset);
        return offset + 2 + length > CrashFile.TextsBytes
            ? ""
            : Encoding.UTF8.GetString(file, CrashFile.TextsOffset + offset + 2, length);
    }
}
