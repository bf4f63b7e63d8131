using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// The format arena-trace v1, one event a line:
/// <code>
/// # arena-trace v1 program="…" events=N threads=T peakLiveBytes=B peakLiveCount=C
/// a ID SIZE [ALIGNMENT] [tTHREAD]    r ID SIZE [tTHREAD]    f ID [tTHREAD]    m
/// </code>
/// Ids are dense from 0 in the order of the a lines and never used again. The header's numbers are not believed:
/// they are counted.
/// </summary>
internal sealed class TraceParser(string name)
{
    private const nuint DefaultAlignment = 16;
    private const nuint MostAlignment = 1u << 30;

    private static readonly nuint Dead = nuint.MaxValue;

    private readonly List<TraceEvent> _events = [];
    private readonly List<nuint> _bytesById = [];
    private TraceSums _sums = new();
    private int _line;

    public AllocationTrace Parse(ReadOnlySpan<byte> text)
    {
        var program = ParseHeader(TakeLine(ref text));
        while (!text.IsEmpty)
        {
            var line = TakeLine(ref text);
            if (line.IsEmpty || line[0] == '#')
                continue;
            ParseEvent(line);
        }
        return new AllocationTrace([.. _events], program, _sums);
    }

    private ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> text)
    {
        _line++;
        var end = text.IndexOf((byte)'\n');
        var line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return line.TrimEnd((byte)'\r').TrimEnd((byte)' ');
    }

    private string ParseHeader(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("# arena-trace v1"u8))
            Throw("the first line is not '# arena-trace v1 ...'; only that format is read");
        var from = line.IndexOf("program=\""u8);
        if (from < 0)
            return "";
        var rest = line[(from + "program=\""u8.Length)..];
        var end = rest.IndexOf((byte)'"');
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private void ParseEvent(ReadOnlySpan<byte> line)
    {
        var kind = line[0];
        var rest = line[1..];
        switch (kind)
        {
            case (byte)'m':
                _events.Add(new TraceEvent(TraceEventKind.Tick, 0, 0, 1, 0));
                _sums.TickCount++;
                break;
            case (byte)'a':
                Allocate(TakeNumber(ref rest, "id"), TakeNumber(ref rest, "size"), TakeAlignment(ref rest), ref rest);
                break;
            case (byte)'r':
                Reallocate(TakeLiveId(ref rest), TakeNumber(ref rest, "size"), ref rest);
                break;
            case (byte)'f':
                Free(TakeLiveId(ref rest), ref rest);
                break;
            default:
                Throw($"'{(char)kind}' is no kind of event; a, r, f and m are");
                break;
        }
        if (!rest.IsEmpty)
            Throw($"'{Encoding.UTF8.GetString(rest)}' is left over at its end");
    }

    private void Allocate(nuint id, nuint byteCount, nuint alignment, ref ReadOnlySpan<byte> rest)
    {
        if (id != (nuint)_bytesById.Count)
            Throw($"id {id} is not the next one, which is {_bytesById.Count}");
        _events.Add(new(TraceEventKind.Allocate, (int)id, byteCount, alignment, TakeThread(ref rest)));
        _bytesById.Add(byteCount);
        _sums.AllocationCount++;
        _sums.EventCount++;
        _sums.Change(0, byteCount, 1, _events.Count - 1);
    }

    private void Reallocate(int id, nuint byteCount, ref ReadOnlySpan<byte> rest)
    {
        _events.Add(new(TraceEventKind.Reallocate, id, byteCount, DefaultAlignment, TakeThread(ref rest)));
        _sums.EventCount++;
        _sums.Change(_bytesById[id], byteCount, 0, _events.Count - 1);
        _bytesById[id] = byteCount;
    }

    private void Free(int id, ref ReadOnlySpan<byte> rest)
    {
        _events.Add(new(TraceEventKind.Free, id, 0, DefaultAlignment, TakeThread(ref rest)));
        _sums.EventCount++;
        _sums.Change(_bytesById[id], 0, -1, _events.Count - 1);
        _bytesById[id] = Dead;
    }

    private int TakeLiveId(ref ReadOnlySpan<byte> rest)
    {
        var id = TakeNumber(ref rest, "id");
        if (id >= (nuint)_bytesById.Count || _bytesById[(int)id] == Dead)
            Throw($"id {id} is not alive");
        return (int)id;
    }

    private nuint TakeNumber(ref ReadOnlySpan<byte> rest, string what)
    {
        if (rest.IsEmpty || rest[0] != ' ')
            Throw($"the {what} is missing");
        if (!Utf8Parser.TryParse(rest[1..], out ulong value, out var length) || value > long.MaxValue)
            Throw($"the {what} is no number");
        rest = rest[(1 + length)..];
        return (nuint)value;
    }

    private nuint TakeAlignment(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest.StartsWith(" t"u8))
            return DefaultAlignment;
        var alignment = TakeNumber(ref rest, "alignment");
        if (!nuint.IsPow2(alignment) || alignment > MostAlignment)
            Throw($"alignment {alignment} is no power of two up to {MostAlignment}");
        return nuint.Max(alignment, DefaultAlignment);
    }

    private int TakeThread(ref ReadOnlySpan<byte> rest)
    {
        var thread = 0;
        if (rest.StartsWith(" t"u8))
        {
            if (!Utf8Parser.TryParse(rest[2..], out ushort number, out var length))
                Throw("the thread is no number below 65536");
            rest = rest[(2 + length)..];
            thread = number;
        }
        _sums.ThreadCount = Math.Max(_sums.ThreadCount, thread + 1);
        return thread;
    }

    [DoesNotReturn]
    private void Throw(string why) => throw new InvalidDataException($"{name}:{_line}: {why}.");
}
