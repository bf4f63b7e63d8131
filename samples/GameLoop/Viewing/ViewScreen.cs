namespace GameLoop.Viewing;

/// <summary>A terminal while a game is shown in it. However it ends, the cursor and what was there come back.</summary>
internal sealed class ViewScreen : IDisposable
{
    private readonly TextWriter _output;
    private readonly ConsoleCancelEventHandler _onCancel;
    private readonly Lock _lock = new();
    private volatile bool _isLeft;

    public ViewScreen(TextWriter output)
    {
        _output = output;
        _onCancel = (_, e) =>
        {
            // The loop sees it and ends in order, with its processes.
            e.Cancel = true;
            Leave();
        };
        Console.CancelKeyPress += _onCancel;
        _output.Write(Escape.Enter);
        _output.Flush();
    }

    /// <summary>True once the user has seen enough: q, Escape, Ctrl+C.</summary>
    public bool IsLeft
    {
        get
        {
            while (!_isLeft && !Console.IsInputRedirected && Console.KeyAvailable)
            {
                if (Console.ReadKey(intercept: true).Key is ConsoleKey.Q or ConsoleKey.Escape)
                    Leave();
            }
            return _isLeft;
        }
    }

    /// <summary>The terminal's size, or a usual one where it does not say.</summary>
    public static (int Columns, int Rows) Size()
    {
        try
        {
            var (columns, rows) = (Console.WindowWidth, Console.WindowHeight);
            return columns > 0 && rows > 0 ? (columns, rows) : (ViewPage.UsualColumns, ViewPage.UsualRows);
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            return (ViewPage.UsualColumns, ViewPage.UsualRows);
        }
    }

    /// <summary>Draws over what was drawn before; nothing once it was left.</summary>
    public void Draw(IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            if (_isLeft)
                return;
            // No line feed behind the last line: it would scroll a full screen.
            var text = string.Join($"{Escape.ClearLine}\r\n", lines);
            _output.Write(Escape.Home + text + Escape.ClearLine + Escape.ClearBelow);
            _output.Flush();
        }
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= _onCancel;
        Leave();
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (_isLeft)
                return;
            _isLeft = true;
            _output.Write(Escape.Leave);
            _output.Flush();
        }
    }
}
