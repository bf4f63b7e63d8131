using System.Diagnostics;

namespace Arena.Tests.Diagnostics;

/// <summary>build/DiagnosticsChild in a process of its own, ended at the latest with the test.</summary>
internal sealed class ChildOfTest : IDisposable
{
    private readonly Process _process;

    public ChildOfTest(params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(DiagnosticsChild.Children).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
        })!;
    }

    public int Id => _process.Id;

    /// <summary>Waits for a line.</summary>
    public string? ReadLine() => _process.StandardOutput.ReadLine();

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
