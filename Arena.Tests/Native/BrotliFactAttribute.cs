namespace Arena.Tests.Native;

/// <summary>A test that needs the Brotli that comes with .NET; skipped, and said to be, without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrotliFactAttribute : FactAttribute
{
    public BrotliFactAttribute() => Skip = Brotli.IsThere ? null : "this .NET has no Brotli library to call";
}
