namespace Arena.Diagnostics;

/// <summary>One point of the floor: the lowest sample of a block.</summary>
/// <param name="Seconds">When it was taken.</param>
/// <param name="Bytes">How many bytes were in use.</param>
public readonly record struct TrendPoint(double Seconds, double Bytes);
