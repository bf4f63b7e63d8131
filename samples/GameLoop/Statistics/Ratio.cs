using System.Globalization;

namespace GameLoop.Statistics;

/// <summary>A ratio of two quantities, with the interval that holds the truth 19 times in 20.</summary>
internal readonly record struct Ratio(double Value, double Low, double High)
{
    /// <summary>True if the interval leaves no doubt which one is less.</summary>
    public bool IsClear => High < 1 || Low > 1;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Value:0.00} ({Low:0.00} to {High:0.00})");
}
