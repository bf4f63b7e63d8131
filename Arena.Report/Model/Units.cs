using System.Globalization;

namespace Arena.Report.Model;

/// <summary>
/// Formats numbers for people, in every format as in the sentences of a <see cref="Diagnostics.TrendReport"/>.
/// </summary>
internal static class Units
{
    private const double SecondsPerMinute = 60, SecondsPerHour = 3_600, SecondsPerDay = 86_400;

    private static readonly string[] Names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Returns the unit of bytes in which a number is below a limit, and its bytes.</summary>
    public static (string Name, double Bytes) UnitOf(double bytes, double limit)
    {
        var (unit, size) = (0, 1.0);
        for (; double.IsFinite(bytes) && Math.Abs(bytes) / size >= limit && unit < Names.Length - 1; unit++)
            size *= 1024;
        return (Names[unit], size);
    }

    /// <summary>Formats bytes with three or four digits and a unit: <c>1.44 KiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        var (name, size) = UnitOf(bytes, 1024);
        var value = bytes / size;
        return Number(value, size == 1 || Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.#" : "0.##")
            + $" {name}";
    }

    /// <summary>Formats a change, with a sign.</summary>
    public static string Change(double bytes) => (bytes > 0 ? "+" : "") + Bytes(bytes);

    /// <summary>Formats a rate by the shortest of second, minute, hour and day in which it reaches a byte.</summary>
    public static string Rate(double bytesPerSecond) => Math.Abs(bytesPerSecond) switch
    {
        0 => "0",
        double.PositiveInfinity => "unknown",
        _ => RateLike(bytesPerSecond, bytesPerSecond),
    };

    /// <summary>Formats a rate in the units of another rate of that sentence.</summary>
    public static string RateLike(double bytesPerSecond, double other)
    {
        if (!double.IsFinite(other) || other == 0)
            return Rate(bytesPerSecond);
        var (seconds, time) = Math.Abs(other) switch
        {
            >= 1 => (1, "s"),
            >= 1 / SecondsPerMinute => (SecondsPerMinute, "min"),
            >= 1 / SecondsPerHour => (SecondsPerHour, "h"),
            _ => (SecondsPerDay, "d"),
        };
        // The number is compared as it is written: two digits of 1,023.996 would read 1,024.
        var (name, size) = UnitOf(other * seconds, 1023.995);
        var value = bytesPerSecond * seconds / size;
        return $"{Number(value, Math.Abs(value) is > 0 and < 0.095 ? "0.##E+0" : "0.##")} {name}/{time}";
    }

    /// <summary>Formats a rate; <c>unknown</c> for null.</summary>
    public static string Rate(double? bytesPerSecond) => bytesPerSecond is { } rate ? Rate(rate) : "unknown";

    /// <summary>Formats a number with its noun: <c>1 line</c>, <c>2 lines</c>.</summary>
    public static string Count(double count, string noun, string? many = null) =>
        $"{Count(count)} {(count == 1 ? noun : many ?? noun + "s")}";

    public static string Count(double count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Number(double value, string format = "0.##") =>
        value.ToString(format, CultureInfo.InvariantCulture);

    public static string Percent(double ratio) =>
        (Math.Abs(ratio) < 0.0005 ? 0 : 100 * ratio)
            .ToString(Math.Abs(ratio) < 0.1 ? "0.#" : "0", CultureInfo.InvariantCulture) + " %";

    public static string Duration(double seconds) => seconds switch
    {
        < 0 => "-" + Duration(-seconds),
        0 => "0 s",
        < 0.001 => Number(seconds * 1e6, "0") + " µs",
        < 1 => Number(seconds * 1e3, seconds < 0.1 ? "0.##" : "0") + " ms",
        < 2 * SecondsPerMinute => Number(seconds) + " s",
        < 2 * SecondsPerHour => Number(seconds / SecondsPerMinute, "0.#") + " min",
        < 2 * SecondsPerDay => Number(seconds / SecondsPerHour, "0.#") + " h",
        _ => Number(seconds / SecondsPerDay, "0.#") + " d",
    };

    public static string Moment(DateTimeOffset moment) =>
        moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    public static string Address(ulong address) => "0x" + address.ToString("x12", CultureInfo.InvariantCulture);
}
