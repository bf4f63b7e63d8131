using System.Runtime.CompilerServices;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>Files of earlier versions, kept as they were written.</summary>
internal static class FixedFile
{
    public static string PathOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));
}
