using System.Globalization;
using Xunit.Abstractions;

namespace Arena.Tests.Guard;

/// <summary>The seed of a test with random operations.</summary>
internal static class GuardSeed
{
    /// <summary>Returns a new seed, or that of ARENA_GUARD_SEED, and prints it.</summary>
    public static int Next(ITestOutputHelper output)
    {
        var given = Environment.GetEnvironmentVariable("ARENA_GUARD_SEED");
        var seed = given is null ? Environment.TickCount : int.Parse(given, CultureInfo.InvariantCulture);
        output.WriteLine($"seed {seed}");
        return seed;
    }
}
