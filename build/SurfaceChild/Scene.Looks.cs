using Arena;
using Arena.Diagnostics;

namespace SurfaceChild;

// The calls that the comments permit to any thread at any time.
internal sealed unsafe partial class Scene
{
    /// <summary>Reads something, as any thread may. It may be gone.</summary>
    public void Look(Random random)
    {
        var number = random.Next(_isQuiet ? 40 : 36);
        try
        {
            if (number < 12)
                LookAtArena(number);
            else if (number < 24)
                LookAtAllocators(number - 12);
            else
                LookAtDiagnostics(number - 24);
        }
        catch (Exception e) when (e is ObjectDisposedException or ArenaOutOfMemoryException)
        {
        }
        catch (Exception e)
        {
            _log.Found($"look {number}: {e}");
        }
    }

    private void LookAtArena(int number)
    {
        switch (number)
        {
            case 0:
                _arena.Free(_arena.Allocate(100_000));
                break;
            case 1:
                if (_arena.TryAllocate(1, 1 << 16, out var block))
                    _arena.Free(block);
                break;
            case 2:
                _arena.Allocate(nuint.MaxValue);
                break;
            case 3:
                _arena.Trim();
                break;
            case 4:
                _arena.Contains((void*)64);
                break;
            case 5:
                var observer = new IdleObserver();
                _arena.Attach(observer);
                _arena.Detach(observer);
                break;
            case 6:
                _arena.ToString();
                break;
            case 7:
                _arena.Free(default);
                break;
            default:
                Require(_arena.LentBytes <= ReserveBytes, "more lent than reserved");
                Require(_arena.CommittedBytes <= _arena.PeakCommittedBytes, "more committed than the peak");
                break;
        }
    }

    private void LookAtAllocators(int number)
    {
        switch (number)
        {
            case 0:
                Require(_heap.LiveCount >= 0, "a negative count");
                break;
            case 1:
                Require(_heap.LiveBytes <= ReserveBytes, "more bytes alive than there are");
                break;
            case 2:
                Require(_heap.CommittedBytes <= ReserveBytes, "more bytes committed than there are");
                break;
            case 3:
                Require(_pool.LiveCount >= 0, "a negative count");
                break;
            case 4:
                Require(_pool.LiveBytes <= ReserveBytes, "more bytes alive than there are");
                break;
            case 5:
                Require(_pool.CommittedBytes <= ReserveBytes, "more bytes committed than there are");
                break;
            case 6:
                Require(_heap.PartCount + _pool.PartCount + _workers.Count <= 5, "more parts than threads");
                break;
            case 7:
                Require(!_heap.IsDisposed || _heap.PartCount == 0, "parts of threads after Dispose");
                Require(!_workers.IsDisposed || _workers.Count == 0, "workers after Dispose");
                break;
            case 8:
                _workers.ToString();
                break;
            default:
                Require(_workers.UsedBytes <= ReserveBytes, $"{_workers.UsedBytes} bytes used by workers");
                Require(_frames.UsedBytes <= ReserveBytes, $"{_frames.UsedBytes} bytes used in a frame");
                Require(_frames.PeakUsedBytes <= ReserveBytes, $"{_frames.PeakUsedBytes} bytes used at most");
                break;
        }
    }

    private void LookAtDiagnostics(int number)
    {
        switch (number)
        {
            case 0 or 1:
                _sampler.Sample();
                break;
            case 2:
                _sampler.Record();
                break;
            case 3:
                _tracker.Report();
                break;
            case 4:
                _tracker.Snapshot();
                break;
            case 5:
                _tracker.EndFrame();
                _tracker.RecentFrames();
                break;
            case 6:
                _tracker.TakeStacks("Scene.cs", 1);
                break;
            case 7:
                _capture.Mark("mark");
                _capture.Flush();
                break;
            case 8:
                _capture.RecordSnapshot("snapshot");
                break;
            case 9:
                _collector.RecordObservableInstruments();
                break;
            case 10:
                _ = $"{_capture} {_tracker} {_capture.Problem} {_sampler.FileError} {_sampler.OwnBytes}";
                break;
            default:
                LookWhereOneMayAttach(number);
                break;
        }
    }

    // This runs in a quiet scene only, in which no thread uses objects for one thread.
    private void LookWhereOneMayAttach(int number)
    {
        switch (number)
        {
            case 12:
                _capture.RecordMap(_tracker);
                break;
            case 13:
                LeakTracker.Attach(_arena).Dispose();
                break;
            case 14:
                _metrics.Update();
                break;
            case 15:
                AllocationTraceRecorder.Attach(_arena, Path.Combine(_folder, Path.GetRandomFileName())).Dispose();
                break;
        }
    }

    private void Require(bool holds, string what)
    {
        if (!holds)
            _log.Found(what);
    }
}
