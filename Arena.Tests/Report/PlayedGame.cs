using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Diagnostics.History;

namespace Arena.Tests.Report;

/// <summary>
/// A game on real allocators with a real tracker, captured without waiting: its time is played. Two of its lines leak.
/// </summary>
internal sealed unsafe class PlayedGame : IDisposable
{
    private const int WarmUp = 20;

    private readonly ManualTime _time = new();
    private readonly PageArena _arena = new("level");
    private readonly Pool<Wall> _walls;
    private readonly Heap _heap;
    private readonly LeakTracker _tracker;
    private readonly CaptureContents _contents;
    private readonly CaptureTrack _track;
    private readonly Queue<nint> _texts = [];
    private readonly Random _random = new(11);

    public PlayedGame(string path)
    {
        _walls = new Pool<Wall>(_arena, new PoolOptions { Name = "walls" });
        _heap = new Heap(_arena, "texts");
        _tracker = LeakTracker.Attach(_arena);
        _contents = new CaptureContents(new CaptureFile(path), new CaptureOptions(), _time);
        _contents.Begin();
        _track = _contents.AddTrack(_tracker);
        _tracker.FrameEnded += _track.Add;
    }

    public int WallLine { get; private set; }

    public int TextLine { get; private set; }

    public int WallsLost { get; private set; }

    public void Dispose()
    {
        _contents.Dispose();
        _tracker.Dispose();
        _arena.Dispose();
    }

    /// <summary>Plays and writes the file.</summary>
    /// <param name="seconds">The time after the warm-up.</param>
    /// <param name="leaks">True if lines forget to free.</param>
    public void Play(int seconds, bool leaks)
    {
        for (var second = 0; second < WarmUp + seconds; second++)
        {
            if (second == WarmUp)
                Name("steady");
            var forgets = leaks && second >= WarmUp;
            Step(forgets);
            _time.Advance(1);
            _tracker.EndFrame();
            _contents.Write();
        }
        Name("closing");
        _contents.AddMap(_tracker);
        _contents.Write();
        while (_texts.TryDequeue(out var text))
            _heap.Free((void*)text);
        _time.Advance(1);
        _contents.End();
    }

    private void Step(bool forgets)
    {
        var count = 90 + _random.Next(20);
        for (var i = 0; i < count; i++)
        {
            _texts.Enqueue((nint)_heap.Allocate((nuint)(16 + _random.Next(100)))); TextLine = Here();
        }
        while (_texts.Count > 200)
            _heap.Free((void*)_texts.Dequeue());
        var walls = stackalloc Wall*[3];
        for (var i = 0; i < 3; i++)
        {
            walls[i] = _walls.Allocate(); WallLine = Here();
        }
        for (var i = 0; i < 3; i++)
        {
            if (forgets)
                WallsLost++;
            else
                _walls.Free(walls[i]);
        }
    }

    private void Name(string moment)
    {
        _contents.AddSnapshot(moment);
        _contents.Events.Add(CaptureEventKind.Mark, _contents.Seconds, -1, 0, moment, withStack: false);
        _contents.Write();
    }

    private static int Here([CallerLineNumber] int line = 0) => line;

    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private readonly struct Wall;
}
