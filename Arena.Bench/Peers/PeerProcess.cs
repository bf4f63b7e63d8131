using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Arena.Bench.Contestants;

namespace Arena.Bench.Peers;

/// <summary>One C allocator running one workload, in a plain C process that waits for its turn.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(Process process, string servedBy)
    {
        _process = process;
        ServedBy = servedBy;
    }

    /// <summary>The file that serves its malloc.</summary>
    public string ServedBy { get; }

    /// <summary>True if it has answered: it knows its workload.</summary>
    public bool IsServing => ServedBy.Length > 0;

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
        // The loader goes on without a library that it does not find: only the answer proves which library serves
        // malloc.
        var started = new PeerProcess(process, process.StandardOutput.ReadLine() ?? "");
        if (started.ServedBy.Contains(peer.Library, StringComparison.Ordinal))
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
        var answer = Line()
            ?? throw new InvalidOperationException("A C peer ended; its workload is unknown to it or it crashed.");
        return Array.ConvertAll(answer.Split(' '), number => double.Parse(number, CultureInfo.InvariantCulture));
    }

    /// <summary>Returns the next line that it writes, or null at its end.</summary>
    public string? Line() => _process.StandardOutput.ReadLine();

    /// <summary>Waits for its end and returns the exit code; 128 and more for a signal.</summary>
    public int End()
    {
        _process.StandardInput.Close(); // its loop ends with its input
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        End();
        _process.Dispose();
    }
}
