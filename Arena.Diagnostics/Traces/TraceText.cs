namespace Arena.Diagnostics;

/// <summary>Reads the lines of a trace, one after another, from a text of any length.</summary>
/// <param name="stream">The text.</param>
/// <param name="mayEndEarly">True if the stream may be cut off: then the text ends where reading fails.</param>
internal sealed class TraceText(Stream stream, bool mayEndEarly)
{
    // Longer than any line of an event; a remark may be longer.
    private const int BufferBytes = 64 << 10;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The number of the last line taken, from 1 on.</summary>
    public long Line { get; private set; }

    /// <summary>True if the last line taken has a line feed.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>True if only the beginning of the last line taken is known.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The reason why the text ends early; null if it ends properly.</summary>
    public string? Damage { get; private set; }

    /// <summary>Takes the next line, or the beginning of one that is longer than the buffer.</summary>
    /// <returns>True if there is one. Its bytes are valid until the next call.</returns>
    public bool TryTake(out ReadOnlySpan<byte> line)
    {
        line = default;
        var length = FindEnd();
        if (length < 0 && _start == _end)
            return false;
        Line++;
        IsEnded = length >= 0;
        line = _buffer.AsSpan(_start, IsEnded ? length : _end - _start);
        _start = IsEnded ? _start + length + 1 : _end;
        IsTooLong = !IsEnded && !_isAtEnd;
        if (IsTooLong)
            SkipRest(ref line);
        line = line.TrimEnd((byte)'\r').TrimEnd((byte)' ');
        return true;
    }

    // Returns the number of bytes up to the next line feed; -1 if the text ends or the buffer is full before it.
    private int FindEnd()
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0)
                return searched + found;
            searched = _end - _start;
            if (searched == _buffer.Length || !Fill())
                return -1;
        }
    }

    // Skips the rest of a line that fills the buffer; only its beginning is kept.
    private void SkipRest(ref ReadOnlySpan<byte> line)
    {
        line = line[..Math.Min(line.Length, TraceParser.MostHeaderBytes)].ToArray();
        var length = -1;
        while (length < 0 && Fill())
        {
            length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            _start = length < 0 ? _end : _start + length + 1;
        }
        IsEnded = length >= 0;
    }

    private bool Fill()
    {
        if (_isAtEnd)
            return false;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = 0;
        try
        {
            read = stream.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (InvalidDataException e) when (mayEndEarly)
        {
            Damage = e.Message;
        }
        _end += read;
        _isAtEnd = read == 0;
        return read > 0;
    }
}
