using System.Diagnostics;

namespace Arena.Tests.Diagnostics;

/// <summary>build/DiagnosticsChild in a process of its own, ended at the latest with the test.</summary>
internal sealed class ChildOfTest : IDisposable
{
    private readonly Process _process;

    public ChildOfTest(params string[] arguments)
        : this(new ProcessStartInfo("dotnet", [Assembly, .. arguments]))
    {
    }

    private ChildOfTest(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
    }

    private static string Assembly => typeof(DiagnosticsChild.Children).Assembly.Location;

    /// <summary>Runs the child with a limit on its addresses. The runtime alone takes more than 1 GiB.</summary>
    public static ChildOfTest WithAddresses(int gigabytes, params string[] arguments)
    {
        var limit = $"ulimit -v {gigabytes << 20} && exec \"$@\"";
        var start = new ProcessStartInfo("sh", ["-c", limit, "sh", "dotnet", Assembly, .. arguments]);
        // Else the collector reserves 256 GiB.
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x8000000";
        return new ChildOfTest(start);
    }

    public int Id => _process.Id;

    /// <summary>Waits for a line.</summary>
    public string? ReadLine() => _process.StandardOutput.ReadLine();

    /// <summary>Waits until it ends by itself.</summary>
    public int ExitCode()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Ends it as an OOM killer does: without a word.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}
