using System.Runtime.CompilerServices;

namespace Arena.Tests.Snapshots;

internal static class SnapshotSettings
{
    /// <summary>
    /// True if received texts replace the verified ones. Never set it on a build server, where no person reviews the
    /// change.
    /// </summary>
    public static bool AcceptsEverything { get; } =
        Environment.GetEnvironmentVariable("VERIFY_ACCEPT") == "1"
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));

    // CA2255: Verify's settings have to be made before the first test runs, and xunit v2 offers no earlier place.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Apply()
    {
        VerifierSettings.UseUtf8NoBom();
        if (AcceptsEverything)
            VerifierSettings.AutoVerify();
    }
}
