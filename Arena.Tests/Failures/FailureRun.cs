using Arena.Os;
using Arena.Tests.Os;

namespace Arena.Tests.Failures;

/// <summary>
/// A random run on an arena whose operating system fails one call in four to eight, and whose budget others spend. An
/// allocator may be out of memory and nothing else; what it holds stays as it is, and afterwards all works.
/// </summary>
internal abstract unsafe class FailureRun : IDisposable
{
    private const int Steps = 300;
    private const int DefaultSeeds = 100;

    private readonly List<Block> _others = [];
    private readonly int _seed;
    private int _step;

    protected FailureRun(int seed)
    {
        _seed = seed;
        Random = new Random(seed);
        var numbers = Random.Next(3) switch
        {
            0 => FailingContext.Running,
            1 => PosixNumbers.LinuxWithoutGuards,
            _ => FailingContext.TakingAccess,
        };
        var hasHugePages = Random.Next(2) == 0;
        Os = new FailingContext(hasHugePages ? numbers : numbers with { AdviceHugePage = PosixNumbers.None });
        Arena = new PageArena(
            new PageArenaOptions
            {
                Name = "failing",
                ReserveBytes = (nuint)Random.Next(2, 40) << 20,
                BudgetBytes = Random.Next(3) == 0 ? 0 : (nuint)Random.Next(300 << 10, 8 << 20),
                HugePages = Random.Next(4) == 0,
                GuardPages = Random.Next(4) == 0,
            },
            Os.Memory);
        Shadow = new ShadowMemory(Random);
    }

    protected Random Random { get; }

    protected FailingContext Os { get; }

    protected PageArena Arena { get; }

    protected ShadowMemory Shadow { get; }

    /// <summary>
    /// Runs as many seeds as a test run has time for; ARENA_FAILURE_SEEDS=N runs N of them, from ARENA_FAILURE_FIRST.
    /// </summary>
    public static void PlayAll(Func<int, FailureRun> make)
    {
        var first = Number("ARENA_FAILURE_FIRST", 0);
        var seeds = Number("ARENA_FAILURE_SEEDS", DefaultSeeds);
        for (var seed = first; seed < first + seeds; seed++)
        {
            using var run = make(seed);
            run.Play();
        }
    }

    public void Dispose()
    {
        Os.Reset();
        Arena.Dispose();
        Os.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes the allocator, unless there is one; may be out of memory.</summary>
    protected abstract void Make();

    protected abstract void DisposeAllocator();

    /// <summary>One random operation.</summary>
    protected abstract void Step();

    /// <summary>Compares all counts.</summary>
    protected abstract void Check();

    /// <summary>Frees all that lives.</summary>
    protected abstract void FreeAll();

    protected void Expect(bool holds, string what)
    {
        if (!holds)
            Assert.Fail($"seed {_seed}, step {_step}: {what}");
    }

    protected void Expect(string? error) => Expect(error is null, error!);

    /// <summary>A free that must change nothing.</summary>
    protected void ExpectInvalidFree(Action free)
    {
        try
        {
            free();
        }
        catch (InvalidFreeException)
        {
            Check();
            return;
        }
        Expect(false, "a bad free was accepted");
    }

    /// <summary>Log-uniform.</summary>
    protected nuint Size(int most) => (nuint)Math.Pow(2, Random.NextDouble() * Math.Log2(most)) - 1;

    private static int Number(string variable, int unset) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : unset;

    private void Play()
    {
        try
        {
            PlaySteps();
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"seed {_seed}, step {_step}: {failure}");
        }
    }

    private void PlaySteps()
    {
        Os.FailRandomly(_seed, Random.Next(4, 9));
        for (_step = 0; _step < Steps; _step++)
        {
            StepOrOther();
            if (_step % 20 == 0)
                CheckAll();
        }
        Os.Reset();
        CheckAll();
        FreeOthers();
        Make();
        FreeAll();
        CheckAll();
        DisposeAllocator();
        Arena.Trim();
        Expect(Arena.LentBytes == 0, $"{Arena.LentBytes} bytes are still lent");
        Expect(Arena.KeptBytes == 0, $"{Arena.KeptBytes} bytes are kept after a trim");
        var resident = ResidentMemory.Bytes(Arena.Base, Arena.ReservedBytes);
        Expect(Os.LeftPagesHuge || resident == 0, $"{resident} bytes of storage are left that are not counted");
        Make();
        DisposeAllocator();
    }

    private void StepOrOther()
    {
        switch (Random.Next(40))
        {
            case 0:
                DisposeAllocator();
                break;
            case < 3:
                SpendBudget();
                break;
            case < 5:
                FreeOthers();
                break;
            case < 7:
                var before = Arena.CommittedBytes;
                var givenBack = Arena.Trim();
                Expect(Arena.CommittedBytes == before - givenBack, "the bytes of a trim");
                break;
            default:
                TryMake();
                Step();
                break;
        }
    }

    private void TryMake()
    {
        try
        {
            Make();
        }
        catch (ArenaOutOfMemoryException)
        {
            // Another step may have more.
        }
    }

    private void SpendBudget()
    {
        var byteCount = Size(4 << 20) + 1;
        while (_others.Count < 200 && Arena.TryAllocate(byteCount, 0, out var block))
        {
            *(byte*)block.Address = ((byte*)block.Address)[block.ByteCount - 1] = 0xEE;
            _others.Add(block);
        }
    }

    private void FreeOthers()
    {
        foreach (var block in _others)
        {
            Expect(
                *(byte*)block.Address == 0xEE && ((byte*)block.Address)[block.ByteCount - 1] == 0xEE,
                "a block of another changed");
            Arena.Free(block);
        }
        _others.Clear();
    }

    private void CheckAll()
    {
        Expect(Shadow.CheckAll());
        Check();
        Expect(Arena.CommittedBytes <= Arena.BudgetBytes, "the budget is exceeded");
        Expect(Arena.CommittedBytes <= Arena.PeakCommittedBytes, "the peak is too low");
        Expect(Arena.LentBytes <= Arena.CommittedBytes, "more is lent than committed");
        if (Os.LeftPagesHuge)
            return;
        var resident = ResidentMemory.Bytes(Arena.Base, Arena.KnownBytes);
        Expect(resident <= Arena.CommittedBytes, $"{resident} bytes are resident, {Arena.CommittedBytes} counted");
    }
}
