using System.Globalization;

namespace GameLoop.Viewing;

/// <summary>The escape sequences of terminals that are used here (ECMA-48, and xterm's own).</summary>
internal static class Escape
{
    public const string Plain = "\e[0m";
    public const string Home = "\e[H";
    public const string ClearLine = "\e[K";
    public const string ClearBelow = "\e[J";

    /// <summary>Another screen, so that what was there comes back; without a cursor.</summary>
    public const string Enter = "\e[?1049h\e[?25l";

    public const string Leave = "\e[0m\e[?25h\e[?1049l";

    /// <summary>A colour as 0xRRGGBB.</summary>
    public static string Colour(int rgb) => string.Create(
        CultureInfo.InvariantCulture, $"\e[38;2;{(rgb >> 16) & 255};{(rgb >> 8) & 255};{rgb & 255}m");
}
