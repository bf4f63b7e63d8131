namespace SurfaceChild;

/// <summary>
/// The output that the test reads: a line before each call, so that the last one names a crash, and a line for each
/// finding.
/// </summary>
internal sealed class Log
{
    private readonly TextWriter _out = Console.Out;

    private int _calls;
    private int _findings;

    public void Calling(string what)
    {
        Interlocked.Increment(ref _calls);
        _out.WriteLine($"> {what}");
    }

    public void Found(string what)
    {
        Interlocked.Increment(ref _findings);
        _out.WriteLine($"! {what.ReplaceLineEndings(" ")}");
    }

    public int End()
    {
        _out.WriteLine($"= {_calls} calls, {_findings} findings");
        return _findings == 0 ? 0 : 1;
    }
}
