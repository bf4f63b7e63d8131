namespace Arena.Diagnostics;

/// <summary>A slope, its standard error and the degrees of freedom of that error.</summary>
internal readonly record struct SlopeEstimate(double Slope, double Error, double Degrees)
{
    /// <summary>Returns whether the slope is shown to be above zero at a one-sided level.</summary>
    public bool Grows(double significance) => StudentT.UpperTail(Slope / Error, Degrees) < significance;

    /// <summary>
    /// Returns whether the slope is shown to be above <paramref name="pace"/> times an independent one.
    /// </summary>
    public bool Exceeds(double pace, SlopeEstimate other, double significance)
    {
        double otherError = pace * other.Error;
        double error = Math.Sqrt(Error * Error + otherError * otherError);
        return StudentT.UpperTail((Slope - pace * other.Slope) / error, Degrees) < significance;
    }

    /// <summary>
    /// Returns whether the slope is shown to be below <paramref name="pace"/> times an independent one.
    /// </summary>
    public bool FallsShort(double pace, SlopeEstimate other, double significance)
    {
        double otherError = pace * other.Error;
        double error = Math.Sqrt(Error * Error + otherError * otherError);
        return StudentT.UpperTail((pace * other.Slope - Slope) / error, Degrees) < significance;
    }
}
