namespace Arena.Diagnostics;

/// <summary>
/// Queues events for the file. A program in trouble may have a million; the queue keeps the first of each write and the
/// number of the others.
/// </summary>
internal sealed class EventQueue
{
    private const int Capacity = 256;
    private const int MostStackLetters = 4000;

    private readonly Lock _lock = new();
    private readonly List<(CaptureEventKind Kind, double Seconds, int Arena, long Frame, string Text, string Stack)>
        _waiting = [];

    /// <summary>The number of events that were dropped.</summary>
    public long DroppedCount { get; private set; }

    public void Add(CaptureEventKind kind, double seconds, int arena, long frame, string text, bool withStack)
    {
        lock (_lock)
        {
            if (_waiting.Count == Capacity)
            {
                DroppedCount++;
                return;
            }
            var stack = withStack ? Environment.StackTrace : "";
            _waiting.Add((kind, seconds, arena, frame, text, stack[..Math.Min(stack.Length, MostStackLetters)]));
        }
    }

    public void WriteTo(ByteWriter chunk)
    {
        lock (_lock)
        {
            foreach (var (kind, seconds, arena, frame, text, stack) in _waiting)
            {
                chunk.Begin(SectionKind.Event);
                chunk.Number((uint)kind);
                chunk.Number(CaptureTime.Microseconds(seconds));
                chunk.Number(arena + 1);
                chunk.Number(frame);
                chunk.Text(text);
                chunk.Text(stack);
            }
            _waiting.Clear();
        }
    }
}
