using Arena.Tests.Os;
using Arena.Tests.Threads;

namespace Arena.Tests.Failures;

public sealed unsafe class FrameFailureTests
{
    [LinuxFact]
    public void A_frame_allocator_keeps_what_it_has_whatever_call_fails() =>
        FailureRun.PlayAll(seed => new OneThread(seed));

    [LinuxFact]
    public void Worker_frames_keep_what_they_have_whatever_call_fails() =>
        FailureRun.PlayAll(seed => new Workers(seed));

    /// <summary>The contents of an allocator's present frame, and of earlier frames that are still valid.</summary>
    private sealed class Frames(FrameAllocator allocator, ShadowMemory shadow, Random random)
    {
        private readonly List<(FrameMark Mark, int Count, nuint UsedBytes)> _marks = [];
        private readonly Queue<List<nuint>> _frames = new();
        private List<nuint> _present = [];

        public string? Allocate()
        {
            var byteCount = random.Next(10) == 0 ? random.Next(1, 300_000) : random.Next(1, 3000);
            var alignment = (nuint)1 << random.Next(random.Next(10) == 0 ? 17 : 8);
            var before = allocator.UsedBytes;
            if (!allocator.TryAllocate((nuint)byteCount, alignment, out var address))
                return allocator.UsedBytes == before ? null : "a refused allocation moved the position";
            if ((nuint)address % alignment != 0)
                return $"0x{(nuint)address:x} is not aligned to {alignment}";
            if (allocator.UsedBytes < before + (nuint)byteCount || allocator.PeakUsedBytes < allocator.UsedBytes)
                return "the used bytes did not rise";
            _present.Add((nuint)address);
            return shadow.Add(address, (nuint)byteCount, (nuint)byteCount);
        }

        public void Mark() => _marks.Add((allocator.Mark(), _present.Count, allocator.UsedBytes));

        public string? Rewind()
        {
            if (_marks.Count == 0)
                return null;
            var at = random.Next(_marks.Count);
            var (mark, count, used) = _marks[at];
            allocator.Rewind(mark);
            _marks.RemoveRange(at + 1, _marks.Count - at - 1);
            Forget(_present[count..]);
            _present.RemoveRange(count, _present.Count - count);
            return allocator.UsedBytes == used ? null : $"{allocator.UsedBytes} bytes used after a rewind to {used}";
        }

        /// <summary>To be called before the frame ends: what it takes along.</summary>
        public void EndFrame()
        {
            _marks.Clear();
            _frames.Enqueue(_present);
            _present = [];
            if (_frames.Count >= allocator.Buffers)
                Forget(_frames.Dequeue());
        }

        private void Forget(List<nuint> addresses) => addresses.ForEach(address => shadow.Remove(address));
    }

    private sealed class OneThread(int seed) : FailureRun(seed)
    {
        private FrameAllocator? _allocator;
        private Frames? _frames;

        protected override void Make()
        {
            _allocator ??= new FrameAllocator(Arena, (nuint)Random.Next(1, 100_000), Random.Next(1, 4), "model");
            _frames ??= new Frames(_allocator, Shadow, Random);
        }

        protected override void DisposeAllocator()
        {
            Shadow.Clear();
            _allocator?.Dispose();
            _allocator = null;
            _frames = null;
        }

        protected override void Step()
        {
            switch (Random.Next(20))
            {
                case < 12:
                    Expect(_frames?.Allocate());
                    break;
                case < 14:
                    _frames?.Mark();
                    break;
                case < 16:
                    Expect(_frames?.Rewind());
                    break;
                default:
                    NextFrame();
                    break;
            }
        }

        protected override void Check()
        {
        }

        protected override void FreeAll()
        {
            for (var i = 0; i < _allocator!.Buffers; i++)
                NextFrame();
            Expect(Shadow.Count == 0, "something is left");
        }

        private void NextFrame()
        {
            _frames?.EndFrame();
            _allocator?.NextFrame();
            Expect(_allocator is null || _allocator.UsedBytes == 0, "a new frame is not empty");
        }
    }

    // Some threads, one at a time; what they call of the system fails as well.
    private sealed class Workers(int seed) : FailureRun(seed)
    {
        private const int Threads = 3;
        private readonly Dictionary<FrameAllocator, Frames> _framesOf = [];
        private readonly OtherThread?[] _threads = new OtherThread?[Threads];
        private WorkerFrames? _workers;

        protected override void Make() =>
            _workers ??= new WorkerFrames(Arena, (nuint)Random.Next(1, 100_000), Random.Next(1, 4), "model");

        protected override void DisposeAllocator()
        {
            Shadow.Clear();
            _framesOf.Clear();
            _workers?.Dispose();
            _workers = null;
            for (var i = 0; i < Threads; i++)
                EndThread(i);
        }

        protected override void Step()
        {
            var thread = Random.Next(Threads);
            if (Random.Next(60) == 0)
                EndThread(thread);
            if (Random.Next(6) == 0)
                NextFrame();
            else
                (_threads[thread] ??= NewThread()).Call(Work);
        }

        protected override void Check() => Expect(
            _workers is null || _workers.Count <= Threads, "there are more parts than threads were at a time");

        protected override void FreeAll()
        {
            for (var i = 0; i < _workers!.Buffers; i++)
                NextFrame();
            Expect(Shadow.Count == 0 && _workers.UsedBytes == 0, "something is left");
        }

        private OtherThread NewThread()
        {
            var thread = new OtherThread();
            thread.Call(Os.TakeThread);
            return thread;
        }

        private void EndThread(int thread)
        {
            _threads[thread]?.Dispose();
            _threads[thread] = null;
        }

        private void Work()
        {
            FrameAllocator allocator;
            try
            {
                allocator = _workers!.Current;
            }
            catch (ArenaOutOfMemoryException)
            {
                return;
            }
            if (!_framesOf.TryGetValue(allocator, out var frames))
                _framesOf.Add(allocator, frames = new Frames(allocator, Shadow, Random));
            for (var i = Random.Next(6); i >= 0; i--)
            {
                if (Random.Next(6) == 0)
                    frames.Mark();
                else if (Random.Next(6) == 0)
                    Expect(frames.Rewind());
                else
                    Expect(frames.Allocate());
            }
        }

        private void NextFrame()
        {
            foreach (var frames in _framesOf.Values)
                frames.EndFrame();
            _workers!.NextFrame();
            Expect(_workers.UsedBytes == 0, "a new frame is not empty");
        }
    }
}
