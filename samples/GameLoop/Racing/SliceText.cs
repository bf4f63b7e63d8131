using System.Globalization;
using GameLoop.Measurement;

namespace GameLoop.Racing;

/// <summary>
/// A slice as numbers: the resident bytes, the nanoseconds of each frame on the clock on the wall, and behind a bar
/// those on a core. It is written between measured frames, so it is to make little garbage and little code.
/// </summary>
internal static class SliceText
{
    private const char Bar = '|';

    public static string Of(Slice slice) => string.Create(
        CultureInfo.InvariantCulture,
        $"{slice.ResidentBytes} {Text(slice.WallNanoseconds)}{Bar}{Text(slice.CpuNanoseconds)}");

    /// <exception cref="FormatException">The text is no slice.</exception>
    public static Slice Parse(string text)
    {
        var parts = text.Split(Bar);
        if (parts.Length != 2)
            throw new FormatException($"A slice has one '{Bar}'.");
        var wall = Numbers(parts[0]);
        var cpu = Numbers(parts[1]);
        return wall.Length >= 2 && (cpu.Length == 0 || cpu.Length == wall.Length - 1)
            ? new Slice(wall[1..], cpu, wall[0])
            : throw new FormatException("A slice has a frame, and as many times on a core as on the wall, or none.");
    }

    private static string Text(long[] numbers) => string.Join(' ', numbers);

    private static long[] Numbers(string text) => Array.ConvertAll(
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        static number => long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture));
}
