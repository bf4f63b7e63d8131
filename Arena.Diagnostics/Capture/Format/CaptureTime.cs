namespace Arena.Diagnostics;

/// <summary>
/// Converts times of a capture file: microseconds; a moment counts from the beginning of the capture.
/// </summary>
internal static class CaptureTime
{
    public static long Microseconds(double seconds) => (long)Math.Round(seconds * 1e6);

    public static double Seconds(long microseconds) => microseconds / 1e6;
}
