namespace Arena.Tests.Os;

/// <summary>A theory that asks Linux itself; skipped, and said to be, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? null : LinuxFactAttribute.Elsewhere;
}
