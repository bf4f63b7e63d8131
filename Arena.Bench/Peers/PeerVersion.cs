using System.Diagnostics;
using System.Globalization;

namespace Arena.Bench.Peers;

/// <summary>The version of a library that does not know its own.</summary>
internal static class PeerVersion
{
    /// <summary>Returns the version of the Debian package, or else the file's name and size.</summary>
    public static string Of(string library)
    {
        var file = File.ResolveLinkTarget(library, returnFinalTarget: true)?.FullName ?? library;
        // The answer is "package:architecture: file".
        if (Ask("-S", file) is { } owner && owner.LastIndexOf(": ", StringComparison.Ordinal) is > 0 and var end
            && Ask("-W", "-f", "${Package} ${Version}", owner[..end]) is { Length: > 0 } version)
            return version;
        var bytes = new FileInfo(file).Length.ToString("N0", CultureInfo.InvariantCulture);
        return $"{Path.GetFileName(file)}, {bytes} bytes";
    }

    private static string? Ask(params string[] arguments)
    {
        var start = new ProcessStartInfo("dpkg-query", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var answer = process.StandardOutput.ReadLine();
            process.WaitForExit();
            return process.ExitCode == 0 ? answer : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // not a Debian system
        }
    }
}
