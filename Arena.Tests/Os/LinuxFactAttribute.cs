namespace Arena.Tests.Os;

/// <summary>A test that asks Linux itself; skipped, and said to be, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public const string Elsewhere = "asks Linux itself";

    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : Elsewhere;
}
