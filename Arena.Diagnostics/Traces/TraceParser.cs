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
/// Ids are dense from 0 in the order of the a lines and never used again. The header's numbers are not trusted:
/// they are counted again.
/// </summary>
internal sealed class TraceParser(string name, long maximumEvents)
{
    /// <summary>The limit of the first line's length; a longer one names no program worth reading.</summary>
    public const int MostHeaderBytes = 4096;

    private const nuint DefaultAlignment = 16;
    private const nuint MostAlignment = 1u << 30;
    private static readonly nuint Dead = nuint.MaxValue;

    private readonly List<nuint> _bytesById = [];
    private TraceEvent[] _events = new TraceEvent[256];
    private int _eventCount;
    private TraceSums _sums = new();
    private long _line;
    private long _headerEvents = -1;

    /// <summary>Reads all lines that there are.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="isPacked">True if they come from a gzip, which a writer ends whole or not at all.</param>
    public AllocationTrace Parse(TraceText text, bool isPacked)
    {
        _line = 1;
        var program = ParseHeader(text.TryTake(out var line) ? line : default);
        string? problem = null;
        // The text of a process that died, or one that was cut off, may end in the middle of a line.
        var mayBeCut = isPacked || _headerEvents == 0;
        while (problem is null && text.TryTake(out line))
        {
            _line = text.Line;
            if (line.IsEmpty || line[0] == '#')
                continue;
            if (mayBeCut && !text.IsEnded)
                break;
            if (text.IsTooLong)
                Throw("it is longer than any event");
            if (_eventCount == maximumEvents)
                problem = $"it has more than {maximumEvents} lines of events; those were read";
            else
                ParseEvent(line);
        }
        problem ??= Problem(text, isPacked);
        return new AllocationTrace(_events.AsMemory(0, _eventCount), program, _sums, problem);
    }

    private string? Problem(TraceText text, bool isPacked)
    {
        var where = $"known up to line {(text.IsEnded ? text.Line : text.Line - 1)}, frame {_sums.TickCount}";
        if (text.Damage is { } damage)
            return $"it is cut off or damaged ({damage.TrimEnd('.')}): {where}";
        if (_headerEvents == 0 && _sums.EventCount > 0)
            return $"it was not ended, its process died: {where}";
        if (_headerEvents > _sums.EventCount && isPacked)
            return $"it is cut off, {_headerEvents} events were written: {where}";
        return isPacked && !text.IsEnded ? $"it is cut off: {where}" : null;
    }

    private string ParseHeader(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("# arena-trace v1"u8))
            Throw("the first line is not '# arena-trace v1 ...'; only that format is read");
        var program = Between(line, "program=\""u8, (byte)'"');
        if (Utf8Parser.TryParse(Between(line[(line.LastIndexOf((byte)'"') + 1)..], " events="u8, (byte)' '),
            out long events, out _))
            _headerEvents = events;
        return Encoding.UTF8.GetString(program[..Math.Min(program.Length, MostHeaderBytes)]);
    }

    private static ReadOnlySpan<byte> Between(ReadOnlySpan<byte> line, ReadOnlySpan<byte> before, byte behind)
    {
        var from = line.IndexOf(before);
        if (from < 0)
            return default;
        var rest = line[(from + before.Length)..];
        var end = rest.IndexOf(behind);
        return end < 0 ? rest : rest[..end];
    }

    private void Add(TraceEvent e)
    {
        if (_eventCount == _events.Length)
            Array.Resize(ref _events, (int)Math.Min(2L * _events.Length, Array.MaxLength));
        _events[_eventCount++] = e;
    }

    private void ParseEvent(ReadOnlySpan<byte> line)
    {
        var kind = line[0];
        var rest = line[1..];
        switch (kind)
        {
            case (byte)'m':
                Add(new TraceEvent(TraceEventKind.Tick, 0, 0, 1, 0));
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
                Throw($"'{(char)kind}' is not a kind of event; use a, r, f or m");
                break;
        }
        if (!rest.IsEmpty)
            Throw($"'{Encoding.UTF8.GetString(rest)}' is left over at its end");
    }

    private void Allocate(nuint id, nuint byteCount, nuint alignment, ref ReadOnlySpan<byte> rest)
    {
        if (id != (nuint)_bytesById.Count)
            Throw($"id {id} is not the next one, which is {_bytesById.Count}");
        CheckAlive(byteCount, 0);
        Add(new(TraceEventKind.Allocate, (int)id, byteCount, alignment, TakeThread(ref rest)));
        _bytesById.Add(byteCount);
        _sums.AllocationCount++;
        _sums.EventCount++;
        _sums.Change(0, byteCount, 1, _eventCount - 1);
    }

    private void Reallocate(int id, nuint byteCount, ref ReadOnlySpan<byte> rest)
    {
        CheckAlive(byteCount, _bytesById[id]);
        Add(new(TraceEventKind.Reallocate, id, byteCount, DefaultAlignment, TakeThread(ref rest)));
        _sums.EventCount++;
        _sums.Change(_bytesById[id], byteCount, 0, _eventCount - 1);
        _bytesById[id] = byteCount;
    }

    private void Free(int id, ref ReadOnlySpan<byte> rest)
    {
        Add(new(TraceEventKind.Free, id, 0, DefaultAlignment, TakeThread(ref rest)));
        _sums.EventCount++;
        _sums.Change(_bytesById[id], 0, -1, _eventCount - 1);
        _bytesById[id] = Dead;
    }

    private void CheckAlive(nuint byteCount, nuint instead)
    {
        if (byteCount > nuint.MaxValue - (_sums.LiveBytes - instead))
            Throw("more bytes are alive than there are addresses");
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
            Throw($"the {what} is not a number");
        rest = rest[(1 + length)..];
        return (nuint)value;
    }

    private nuint TakeAlignment(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest.StartsWith(" t"u8))
            return DefaultAlignment;
        var alignment = TakeNumber(ref rest, "alignment");
        if (!nuint.IsPow2(alignment) || alignment > MostAlignment)
            Throw($"alignment {alignment} is not a power of two up to {MostAlignment}");
        return nuint.Max(alignment, DefaultAlignment);
    }

    private int TakeThread(ref ReadOnlySpan<byte> rest)
    {
        var thread = 0;
        if (rest.StartsWith(" t"u8))
        {
            if (!Utf8Parser.TryParse(rest[2..], out ushort number, out var length))
                Throw("the thread is not a number below 65536");
            rest = rest[(2 + length)..];
            thread = number;
        }
        _sums.ThreadCount = Math.Max(_sums.ThreadCount, thread + 1);
        return thread;
    }

    [DoesNotReturn]
    private void Throw(string why) => throw new InvalidDataException($"{name}:{_line}: {why}.");
}
