using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Arena.Bench.Contestants;

namespace Arena.Bench.Peers;

/// <summary>One C allocator at one workload, in a plain C process that waits for its turn.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(Process process) => _process = process;

    /// <summary>Starts it, or returns null where the allocator's library is missing.</summary>
    public static PeerProcess? TryStart(string program, CPeer peer, string workload)
    {
        var start = new ProcessStartInfo(program, [workload])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            // The loader's complaint about a missing library is answered by our own line.
            RedirectStandardError = true,
        };
        start.Environment["LD_PRELOAD"] = peer.Library;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            return null;
        }
        var started = new PeerProcess(process);
        // The loader goes on without a library that it does not find: only the answer proves who serves malloc.
        var servedBy = process.StandardOutput.ReadLine() ?? "";
        if (servedBy.Contains(peer.Library, StringComparison.Ordinal))
            return started;
        started.Dispose();
        return null;
    }

    /// <summary>Nanoseconds of that many operations, after as many untimed ones.</summary>
    public double Run(long operations)
    {
        _process.StandardInput.WriteLine(operations.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        var answer = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("A C peer ended; its workload is unknown to it or it crashed.");
        var nanoseconds = answer.AsSpan(0, answer.IndexOf(' ', StringComparison.Ordinal));
        return double.Parse(nanoseconds, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close(); // its loop ends with its input
        _process.WaitForExit();
        _process.Dispose();
    }
}
