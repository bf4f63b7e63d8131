using Arena;
using Arena.Collections;
using Arena.Pools;

namespace Guides;

/// <summary>Jobs on several threads: scratch of each worker, and lists that outlive the job that made them.</summary>
internal static class FrameJobs
{
    private const int Boids = 2_000;
    private const int Jobs = 8;
    private const int Frames = 60;

    public static void Play(string[] arguments, TextWriter output)
    {
        using var arena = new PageArena("game");
        using var flock = new Flock(arena);
        for (var frame = 0; frame < Frames; frame++)
            flock.Step(frame);
        output.WriteLine($"{Frames} frames: {flock}.");
    }

    private sealed class Flock : IDisposable
    {
        #region allocators
        private readonly FrameAllocator _frame;              // scratch of the thread that steps the game
        private readonly WorkerFrames _scratch;              // scratch of whichever thread runs a job
        private readonly SharedHeap _heap;                   // what a job leaves, and another thread frees
        #endregion

        private readonly float[] _places = new float[Boids];
        private readonly NativeList<int>[] _meetings = new NativeList<int>[Jobs];
        private readonly Action<int> _job;
        private long _met;
        private long _longest;

        public Flock(PageArena arena)
        {
            _frame = new FrameAllocator(arena);
            _scratch = new WorkerFrames(arena);
            _heap = new SharedHeap(arena, "jobs");
            _job = Meet;
        }

        #region frame
        public void Step(int frame)
        {
            for (var boid = 0; boid < Boids; boid++)
                _places[boid] = boid * 31 % 97 + (boid * 7 + frame * (boid % 5)) % 50 / 50f;

            Parallel.For(0, Jobs, _job);

            var counts = _frame.AllocateSpan<int>(Boids);    // nothing frees it
            counts.Clear();
            for (var job = 0; job < Jobs; job++)
            {
                foreach (var boid in _meetings[job].AsSpan())
                    counts[boid]++;
                _meetings[job].Dispose();                    // freed by this thread, made by another
            }
            foreach (var count in counts)
                (_met, _longest) = (_met + count, Math.Max(_longest, count));

            _scratch.NextFrame();                            // the jobs are done: all workers' scratch is forgotten
            _frame.NextFrame();
        }
        #endregion

        #region job
        private void Meet(int job)
        {
            var near = _scratch.Current.AllocateSpan<int>(Boids);   // this worker's, until NextFrame
            var found = new NativeList<int>(_heap);
            for (var boid = job; boid < Boids; boid += Jobs)
            {
                var count = Near(boid, near);
                if (count > 3)
                    found.AddRange(near[..count]);
            }
            _meetings[job] = found;
        }
        #endregion

        public void Dispose()
        {
            _frame.Dispose();
            _scratch.Dispose();
            _heap.Dispose();
        }

        public override string ToString() =>
            $"{_met} meetings, at most {_longest} of one boid in a frame, "
            + $"{_heap.LiveCount} lists alive, {_frame.UsedBytes} bytes of scratch in use";

        private int Near(int boid, Span<int> near)
        {
            var count = 0;
            for (var other = boid % 50; other < Boids; other += 50)
            {
                if (other != boid && Math.Abs(_places[other] - _places[boid]) < 5)
                    near[count++] = other;
            }
            return count;
        }
    }
}
