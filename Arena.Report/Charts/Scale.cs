using Arena.Report.Model;

namespace Arena.Report.Charts;

/// <summary>The unit that an axis counts in, so that its ticks are round numbers of it.</summary>
/// <param name="Unit">Its name.</param>
/// <param name="Size">The size of one unit.</param>
internal readonly record struct Scale(string Unit, double Size)
{
    public static Scale OfBytes(double most)
    {
        var (name, bytes) = Units.UnitOf(most, 10 * 1024);
        return new Scale(name, bytes);
    }

    public static Scale OfSeconds(double most) => most switch
    {
        < 240 => new Scale("seconds", 1),
        < 4 * 3_600 => new Scale("minutes", 60),
        < 4 * 86_400 => new Scale("hours", 3_600),
        _ => new Scale("days", 86_400),
    };
}
