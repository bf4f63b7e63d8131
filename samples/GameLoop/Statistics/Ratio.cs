using System.Globalization;

namespace GameLoop.Statistics;

/// <summary>How often one goes into the other, with the interval that holds the truth 19 times in 20.</summary>
internal readonly record struct Ratio(double Value, double Low, double High)
{
    /// <summary>Whether the interval leaves no doubt which one is less.</summary>
    public bool IsClear => High < 1 || Low > 1;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Value:0.00} ({Low:0.00} to {High:0.00})");
}
