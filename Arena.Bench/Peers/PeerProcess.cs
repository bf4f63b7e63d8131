using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Arena.Bench.Contestants;

namespace Arena.Bench.Peers;

/// <summary>One C allocator running one workload, in a plain C process that waits for its turn.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(Process process) => _process = process;

    /// <summary>Starts it, or returns null if the allocator's library is missing.</summary>
    public static PeerProcess? TryStart(string program, CPeer peer, params string[] arguments) =>
        TryStart(program, peer, [], arguments);

    /// <summary>Starts it with these variables.</summary>
    public static PeerProcess? TryStart(
        string program, CPeer peer, (string Name, string Value)[] variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            // Our own line replaces the loader's complaint about a missing library.
            RedirectStandardError = true,
        };
        start.Environment["LD_PRELOAD"] = peer.Library;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
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
        // The loader goes on without a library that it does not find: only the answer proves which library serves
        // malloc.
        var servedBy = process.StandardOutput.ReadLine() ?? "";
        if (servedBy.Contains(peer.Library, StringComparison.Ordinal))
            return started;
        started.Dispose();
        return null;
    }

    /// <summary>Returns the nanoseconds of this many operations, after as many untimed ones.</summary>
    public double Run(long operations) => Ask(operations.ToString(CultureInfo.InvariantCulture))[0];

    /// <summary>Returns the numbers in one line of answer to one line of question.</summary>
    public double[] Ask(string question)
    {
        _process.StandardInput.WriteLine(question);
        _process.StandardInput.Flush();
        return Answer();
    }

    /// <summary>Returns the numbers of the next line that it writes.</summary>
    public double[] Answer()
    {
        var answer = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("A C peer ended; its workload is unknown to it or it crashed.");
        return Array.ConvertAll(answer.Split(' '), number => double.Parse(number, CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close(); // its loop ends with its input
        _process.WaitForExit();
        _process.Dispose();
    }
}
