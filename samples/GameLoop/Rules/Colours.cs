namespace GameLoop.Rules;

/// <summary>Colours as 0xRRGGBB.</summary>
internal static class Colours
{
    public const uint Exhaust = 0x30_60_FF;
    public const uint Spark = 0xFF_E0_80;
    public const uint Wreck = 0xFF_60_20;
    public const uint Pickup = 0x40_FF_40;
    public const uint Shot = 0xFF_FF_FF;

    /// <summary>Returns the colour of a ship, by its faction.</summary>
    public static uint Ship(int faction) => 0x80_80_80u + ((uint)faction << 4);
}
