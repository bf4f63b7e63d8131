namespace Arena.Tests.Frames;

/// <summary>Long seeded runs against a list of what must still be there, byte by byte.</summary>
public sealed unsafe class FrameModelTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public void No_allocation_is_disturbed_while_it_is_valid(int seed, int buffers)
    {
        using var arena = new PageArena("model");
        using var frames = new FrameAllocator(arena, 2000, buffers);
        var model = new Model(frames, new Random(seed));
        for (var step = 0; step < 120_000; step++)
        {
            var error = model.Step();
            Assert.True(error is null, $"seed {seed}, step {step}: {error}");
        }
    }

    private sealed class Model(FrameAllocator frames, Random random)
    {
        private readonly Queue<List<Entry>> _frames = new([[]]);
        private readonly List<(FrameMark Mark, int Count, nuint Used)> _marks = [];
        private List<Entry> _present = [];
        private byte _nextFill;

        public string? Step()
        {
            var dice = random.Next(1000);
            if (dice < 5)
                return NextFrame();
            if (dice < 30)
                _marks.Add((frames.Mark(), _present.Count, frames.UsedBytes));
            else if (dice < 50 && _marks.Count > 0)
                return Rewind();
            else
                return Allocate();
            return null;
        }

        private string? Allocate()
        {
            var byteCount = random.Next(100) == 0 ? random.Next(20_000) : random.Next(200);
            var alignment = 1 << random.Next(random.Next(50) == 0 ? 15 : 8);
            var before = frames.UsedBytes;
            var address = (nuint)frames.Allocate((nuint)byteCount, (nuint)alignment);
            if ((address & (nuint)(alignment - 1)) != 0)
                return $"0x{address:x} is not aligned to {alignment}";
            if (frames.UsedBytes < before + (nuint)byteCount)
                return "the used bytes did not rise";
            var entry = new Entry(address, byteCount, unchecked(_nextFill++));
            new Span<byte>((void*)address, byteCount).Fill(entry.Fill);
            _present.Add(entry);
            return null;
        }

        private string? Rewind()
        {
            var at = random.Next(_marks.Count);
            var (mark, count, used) = _marks[at];
            frames.Rewind(mark);
            _marks.RemoveRange(at + 1, _marks.Count - at - 1);
            var error = CheckAll();
            _present.RemoveRange(count, _present.Count - count);
            return frames.UsedBytes == used ? error : $"{frames.UsedBytes} bytes used after a rewind to {used}";
        }

        private string? NextFrame()
        {
            _marks.Clear();
            var error = CheckAll();
            frames.NextFrame();
            _present = [];
            _frames.Enqueue(_present);
            if (_frames.Count > frames.Buffers)
                _frames.Dequeue();
            return frames.UsedBytes == 0 ? error : "a new frame is not empty";
        }

        private string? CheckAll()
        {
            foreach (var entry in _frames.SelectMany(f => f).Concat(_present))
            {
                if (new Span<byte>((void*)entry.Address, entry.ByteCount).IndexOfAnyExcept(entry.Fill) >= 0)
                    return $"{entry} was overwritten";
            }
            return null;
        }

        private readonly record struct Entry(nuint Address, int ByteCount, byte Fill);
    }
}
