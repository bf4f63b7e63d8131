using Arena.Pools;

namespace Arena.Tests.Guard;

/// <summary>ARENA_GUARD is one of the process: these tests do not run beside others.</summary>
[CollectionDefinition(nameof(GuardVariableTests), DisableParallelization = true)]
[Collection(nameof(GuardVariableTests))]
public sealed class GuardVariableTests : IDisposable
{
    private readonly TextWriter _error = Console.Error;
    private readonly StringWriter _said = new();
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"arena guard {Guid.NewGuid():n}");

    public GuardVariableTests() => Console.SetError(_said);

    public void Dispose()
    {
        Console.SetError(_error);
        Environment.SetEnvironmentVariable(GuardVariable.Name, null);
        File.Delete(_path);
    }

    [Fact]
    public void The_variable_sets_what_the_program_left_open()
    {
        Set("poison,redzone=16,quarantine=1MiB,frames=3,pages,sample=10000,report=" + _path);
        using var arena = new PageArena("built");
        Assert.Equal(
            new GuardOptions
            {
                Poison = true,
                RedZoneBytes = 16,
                QuarantineBytes = 1 << 20,
                QuarantineFrames = 3,
                GuardedPages = true,
                SampleEvery = 10_000,
                CrashReportPath = _path,
            },
            arena.Guard);
        Assert.Equal("", _said.ToString());
    }

    [Fact]
    public void What_the_program_sets_wins_property_by_property()
    {
        Set("poison,redzone=16,quarantine=4096");
        var options = new PageArenaOptions { Guard = new GuardOptions { Poison = false, RedZoneBytes = 32 } };
        using var arena = new PageArena(options);
        Assert.Equal((false, 32, 4096u), (arena.Guard!.Poison, arena.Guard.RedZoneBytes, arena.Guard.QuarantineBytes));
        Assert.True(arena.Verifies());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(",,")]
    [InlineData("redzone=0,quarantine=0")]
    public void Nothing_asked_for_is_nothing_guarded(string? text)
    {
        Set(text);
        using var arena = new PageArena("plain");
        using var heap = new Heap(arena);
        Assert.Null(arena.Guard);
        Assert.False(heap.IsObserved);
        arena.Verify();
    }

    [Theory]
    [InlineData("poison,nonsense", "'nonsense' is not valid")]
    [InlineData("poison,redzone=-1", "'redzone=-1' is not valid")]
    [InlineData("poison,redzone=65537", "'redzone=65537' is not valid")]
    [InlineData("poison,redzone", "'redzone' is not valid")]
    [InlineData("poison,quarantine=1 fortnight", "'quarantine=1 fortnight' is not valid")]
    [InlineData("poison,quarantine=99999999999GiB", "'quarantine=99999999999GiB' is not valid")]
    [InlineData("poison,sample=0", "'sample=0' is not valid")]
    [InlineData("poison,sample=1/100,report=", "'sample=1/100', 'report=' are not valid")]
    [InlineData("poison,poison=1\nx", "'poison=1 x' is not valid")]
    public void What_is_not_valid_is_reported_in_one_line_once_and_the_rest_holds(string text, string said)
    {
        Set(text);
        for (var i = 0; i < 3; i++)
        {
            using var arena = new PageArena("built");
            Assert.True(arena.Guard!.Poison);
        }
        var line = Assert.Single(_said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(said, line, StringComparison.Ordinal);
        Assert.Contains("redzone=16", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_of_the_variable_that_cannot_be_written_is_reported_and_the_program_goes_on()
    {
        Set("sample=100,report=/nowhere at all/file");
        using var arena = new PageArena("built");
        Assert.Null(arena.Guard!.CrashReportPath);
        Assert.Equal(100, arena.Guard.SampleEvery);
        var line = Assert.Single(_said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("/nowhere at all/file", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quarantine=512", 512)]
    [InlineData("quarantine=512B", 512)]
    [InlineData(" Quarantine = 64 kib ", 64 << 10)]
    [InlineData("QUARANTINE=2M", 2 << 20)]
    [InlineData("quarantine=1GB", 1 << 30)]
    public void Sizes_have_units(string text, int byteCount)
    {
        Assert.Equal((nuint)byteCount, GuardVariable.Parse(text, out var faults).QuarantineBytes);
        Assert.Null(faults);
    }

    [Fact]
    public void Options_that_are_not_valid_are_refused_by_the_arena()
    {
        foreach (var (guard, name) in new (GuardOptions, string)[]
        {
            (new() { RedZoneBytes = -1 }, "RedZoneBytes is -1"),
            (new() { RedZoneBytes = 65_537 }, "RedZoneBytes is 65537"),
            (new() { SampleEvery = -5 }, "SampleEvery is -5"),
            (new() { QuarantineFrames = -1 }, "QuarantineFrames is -1"),
        })
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(
                () => new PageArena(new PageArenaOptions { Name = "mine", Guard = guard }));
            Assert.Contains($"Arena 'mine': GuardOptions.{name}", error.Message, StringComparison.Ordinal);
        }
    }

    private static void Set(string? text) => Environment.SetEnvironmentVariable(GuardVariable.Name, text);
}

internal static class VerifyingArena
{
    /// <summary>Returns whether it verifies without finding anything.</summary>
    public static bool Verifies(this PageArena arena)
    {
        arena.Verify();
        return true;
    }
}
