using System.Diagnostics;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// The stacks of the allocations that take one: each different stack once, and for a live allocation the number of
/// its stack. Taking a stack costs tens of microseconds and makes garbage. Thread-safe.
/// </summary>
internal sealed class StackTable(bool ofAll)
{
    private const int MostStacks = 4096;
    private const int MostFrames = 48;
    private const string TooMany = "(more different stacks than are kept)";

    private static readonly string?[] OwnAssemblies =
    [
        typeof(StackTable).Assembly.GetName().Name, typeof(PageArena).Assembly.GetName().Name,
        typeof(Pools.Heap).Assembly.GetName().Name,
    ];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [TooMany];
    private readonly Dictionary<nuint, int> _ofLive = [];
    private (string File, int Line)[] _wanted = [];

    /// <summary>Makes a line's allocations take stacks from now on.</summary>
    public void Want(string file, int line)
    {
        lock (_lock)
        {
            if (!_wanted.Contains((file, line)))
                _wanted = [.. _wanted, (file, line)];
        }
    }

    /// <summary>Makes a site take stacks if its line was chosen.</summary>
    public void Mark(Site site) => site.TakesStacks = ofAll || Array.Exists(_wanted, w => IsLine(site, w.File, w.Line));

    /// <summary>Records the stack of the calling thread as that of an allocation.</summary>
    public void Take(nuint address)
    {
        // The methods come first; the lines, which are slow to find, are looked up only for a new stack.
        var methods = Describe(new StackTrace(fNeedFileInfo: false));
        lock (_lock)
        {
            if (!_numbers.TryGetValue(methods, out var number) && _texts.Count < MostStacks)
            {
                number = _texts.Count;
                _numbers.Add(methods, number);
                _texts.Add(Describe(new StackTrace(fNeedFileInfo: true)));
            }
            _ofLive[address] = number;
        }
    }

    public void Forget(nuint address)
    {
        lock (_lock)
            _ofLive.Remove(address);
    }

    /// <summary>Records that an allocation that has a stack was moved.</summary>
    public void Move(nuint from, nuint to)
    {
        lock (_lock)
        {
            if (_ofLive.Remove(from, out var number))
                _ofLive[to] = number;
        }
    }

    /// <summary>Returns the stack of a live allocation, a frame a line, innermost first.</summary>
    public string Of(nuint address)
    {
        lock (_lock)
            return _texts[_ofLive.GetValueOrDefault(address)];
    }

    // Returns whether a site is a line of a file, which is named by its path or by the end of it, in whole names.
    private static bool IsLine(Site site, string file, int line) =>
        site.Line == line && site.File.EndsWith(file, StringComparison.Ordinal)
        && (site.File.Length == file.Length || site.File[^(file.Length + 1)] is '/' or '\\');

    // Describes a stack from the caller of this library on.
    private static string Describe(StackTrace trace)
    {
        var text = new StringBuilder();
        var count = 0;
        foreach (var frame in trace.GetFrames())
        {
            var method = DiagnosticMethodInfo.Create(frame);
            if (count == 0 && method is not null && IsOwn(method.DeclaringAssemblyName))
                continue;
            if (count++ == MostFrames)
                break;
            text.Append(count == 1 ? "" : "\n").Append(Name(method));
            if (frame.GetFileName() is { } file)
                text.Append(" in ").Append(Path.GetFileName(file)).Append(':').Append(frame.GetFileLineNumber());
        }
        return text.ToString();
    }

    private static string Name(DiagnosticMethodInfo? method) =>
        method is null ? "(unknown)" : $"{method.DeclaringTypeName}.{method.Name}";

    // A version and a key may follow the name.
    private static bool IsOwn(string assembly) => OwnAssemblies.Contains(assembly.Split(',')[0]);
}
