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
    private readonly List<CaptureEvent> _waiting = [];

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
            stack = stack[..Math.Min(stack.Length, MostStackLetters)];
            _waiting.Add(new CaptureEvent(kind, seconds, arena, frame, text, stack));
        }
    }

    public void WriteTo(ByteWriter chunk)
    {
        lock (_lock)
        {
            foreach (var each in _waiting)
                EventSection.Write(chunk, each);
            _waiting.Clear();
        }
    }
}
