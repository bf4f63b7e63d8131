namespace Arena.Bench.Quick;

/// <summary>Only a Release build measures anything.</summary>
internal static class ReleaseBuild
{
    public const string Remedy = "A Debug build measures nothing: dotnet run -c Release.";

#if DEBUG
    public static bool IsThis => false;
#else
    public static bool IsThis => true;
#endif
}
