using Xunit.Abstractions;

namespace Arena.Tests.Guard;

/// <summary>
/// Random allocations and frees of every kind against a list, with contents; now and then one byte is written where
/// nothing of the writer's lies, and must be found, with the lines of the allocation that it belongs to.
/// </summary>
/// <remarks>A failure prints its seed: ARENA_GUARD_SEED plays it again.</remarks>
public sealed unsafe class GuardModelTests(ITestOutputHelper output)
{
    private const int Steps = 4_000;

    public static TheoryData<GuardedKind> Kinds => [.. Enum.GetValues<GuardedKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_damage_is_found_and_nothing_else_is(GuardedKind kind)
    {
        var seed = GuardSeed.Next(output);
        var random = new Random(seed);
        var isLarge = kind is GuardedKind.HeapBlock or GuardedKind.SharedHeapBlock;
        var guard = new GuardOptions
        {
            Poison = true,
            RedZoneBytes = random.Next(1, 100),
            QuarantineBytes = isLarge ? 2_000_000u : (nuint)random.Next(20_000),
            QuarantineFrames = 0,
        };
        using var arena = new PageArena(new PageArenaOptions { Name = "model", Guard = guard });
        using var guarded = Guarded.Make(kind, arena);
        var model = new Model(guarded, arena, random);
        for (var step = 0; step < (isLarge ? Steps / 20 : Steps); step++)
            model.Step(step);
        model.FreeAll();
        arena.Verify();
    }

    private sealed class Model(Guarded guarded, PageArena arena, Random random)
    {
        private readonly List<(nint Address, int Line, byte Fill)> _live = [];
        private readonly int _mostLive = guarded.ByteCount > 100_000 ? 10 : 60;

        public void Step(int step)
        {
            var dice = random.Next(100);
            if (dice < 5 && _live.Count > 0)
                Damage();
            else if (_live.Count < random.Next(_mostLive))
                Allocate(step);
            else if (_live.Count > 0)
                Free(random.Next(_live.Count));
            Assert.Equal(_live.Count, guarded.LiveCount);
            if (dice == 99)
                arena.Verify();
        }

        public void FreeAll()
        {
            while (_live.Count > 0)
                Free(_live.Count - 1);
        }

        private void Allocate(int line)
        {
            var address = guarded.Allocate("Model.cs", line + 1, "Step");
            var fill = (byte)random.Next(256);
            new Span<byte>((void*)address, guarded.ByteCount).Fill(fill);
            _live.Add((address, line + 1, fill));
        }

        private void Free(int index)
        {
            var (address, _, fill) = _live[index];
            Assert.Equal(-1, new Span<byte>((void*)address, guarded.ByteCount).IndexOfAnyExcept(fill));
            _live.RemoveAt(index);
            guarded.Free(address);
        }

        private void Damage()
        {
            var index = random.Next(_live.Count);
            var (address, line, _) = _live[index];
            var zone = arena.Guard!.RedZoneBytes;
            var target = (byte*)address
                + (random.Next(2) == 0 ? guarded.ByteCount + random.Next(zone) : -1 - random.Next(zone));
            var change = (byte)random.Next(1, 256);
            *target ^= change;
            var place = $"Model.cs:{line} (Step)";
            Assert.Equal(place, Assert.Throws<MemoryCorruptionException>(arena.Verify).AllocatedAt);
            if (random.Next(2) == 0)
            {
                *target ^= change;
                return;
            }
            _live.RemoveAt(index);
            Assert.Equal(place, Assert.Throws<MemoryCorruptionException>(() => guarded.Free(address)).AllocatedAt);
        }
    }
}
