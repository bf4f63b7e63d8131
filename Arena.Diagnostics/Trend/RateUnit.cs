using System.Globalization;

namespace Arena.Diagnostics;

/// <summary>A unit of bytes and a unit of time, in which the rates of one sentence are written.</summary>
internal readonly struct RateUnit
{
    private readonly double _bytes;
    private readonly string _bytesName;
    private readonly double _seconds;
    private readonly string _secondsName;

    private RateUnit(double bytes, string bytesName, double seconds, string secondsName)
    {
        _bytes = bytes;
        _bytesName = bytesName;
        _seconds = seconds;
        _secondsName = secondsName;
    }

    /// <summary>
    /// Chooses the shortest of second, minute, hour and day in which at least one byte grows, and its unit of bytes.
    /// </summary>
    public static RateUnit Of(double bytesPerSecond)
    {
        double size = Math.Abs(bytesPerSecond);
        (double seconds, string name) = size switch
        {
            >= 1 => (1.0, "s"),
            >= 1.0 / 60 => (60.0, "min"),
            >= 1.0 / 3600 => (3_600.0, "h"),
            _ => (86_400.0, "d"),
        };
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        int unit = 0;
        double bytes = 1;
        // The number is compared as it is written: two digits of 1,023.996 would read 1,024.
        for (; double.IsFinite(size) && size * seconds / bytes >= 1023.995 && unit < units.Length - 1; unit++)
            bytes *= 1024;
        return new RateUnit(bytes, units[unit], seconds, name);
    }

    /// <summary>Formats a rate in this unit; a rate far below it keeps three digits.</summary>
    public string Text(double bytesPerSecond)
    {
        double value = bytesPerSecond * _seconds / _bytes;
        if (double.IsInfinity(value))
            return value < 0 ? "-∞" : "∞";
        string format = value != 0 && Math.Abs(value) < 0.095 ? "0.##E+0" : "0.##";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {_bytesName}/{_secondsName}";
    }
}
