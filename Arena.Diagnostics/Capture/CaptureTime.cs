namespace Arena.Diagnostics;

/// <summary>Time in a capture file is in microseconds, since the capture was begun where it is a moment.</summary>
internal static class CaptureTime
{
    public static long Microseconds(double seconds) => (long)Math.Round(seconds * 1e6);

    public static double Seconds(long microseconds) => microseconds / 1e6;
}
