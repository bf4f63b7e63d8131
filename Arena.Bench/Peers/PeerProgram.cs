using System.Diagnostics;

namespace Arena.Bench.Peers;

/// <summary>Compiles the programs in <c>Peers</c> with the compiler of this machine.</summary>
internal static class PeerProgram
{
    private static readonly string[] Compilers = ["cc", "gcc", "clang"];

    /// <summary>
    /// Returns the compiled program's path, or null; then <paramref name="remedy"/> says what is missing.
    /// </summary>
    /// <param name="name">The program.</param>
    /// <param name="remedy">The missing part, in words.</param>
    /// <param name="option">A further option for the compiler; the program is another one then.</param>
    public static string? Compile(string name, out string remedy, string? option = null)
    {
        remedy = "C peers: Linux only, LD_PRELOAD puts each allocator behind the same loops.";
        if (!OperatingSystem.IsLinux())
            return null;
        var source = Path.Combine(AppContext.BaseDirectory, "Peers", name + ".c");
        var program = Path.Combine(AppContext.BaseDirectory, name + option?.Replace('=', '-'));
        string[] further = option is null ? [] : [option];
        foreach (var compiler in Compilers)
        {
            string[] options = ["-O3", "-march=native", "-fno-builtin", "-pthread", .. further];
            if (Run(compiler, [.. options, source, "-o", program, "-ldl"]))
                return program;
        }
        remedy = "C peers: no C compiler found, or it failed; apt-get install gcc libc6-dev.";
        return null;
    }

    private static bool Run(string command, string[] arguments)
    {
        try
        {
            using var process = Process.Start(command, arguments);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // not installed
        }
    }
}
