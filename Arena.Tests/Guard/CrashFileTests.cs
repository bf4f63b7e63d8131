using Arena.Pools;
using Arena.Report.Options;
using Arena.Tests.Diagnostics;
using Arena.Tests.Os;

namespace Arena.Tests.Guard;

/// <summary>The crash file of a process that an inaccessible page ended.</summary>
public sealed class CrashFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"arena-{Guid.NewGuid():n}.crash");

    public void Dispose() => File.Delete(_path);

    public static TheoryData<string, string, string> Misuses
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var allocator in new[] { "heap", "shared", "buddy" })
            {
                data.Add(allocator, "overrun", "overrun at");
                data.Add(allocator, "overrun far", "4095 bytes past the end of 64 bytes");
                data.Add(allocator, "use after free", "use after free at");
                data.Add(allocator, "use after resize", "12 bytes into 64 bytes of");
            }
            data.Add("shared", "use after free by another thread", "use after free at");
            return data;
        }
    }

    [LinuxTheory]
    [MemberData(nameof(Misuses))]
    public void The_process_ends_at_the_access_and_its_file_says_what_it_was(
        string allocator, string misuse, string said)
    {
        using var child = new ChildOfTest("misuse", allocator, misuse, _path);
        Assert.Equal("running", child.ReadLine());
        Assert.NotEqual(0, child.ExitCode());
        var report = GuardReport.Read(_path);
        Assert.True(report.HasFault);
        var place = report.Places[0];
        Assert.Equal("Ship.cs:41 (Fire)", place.AllocatedAt);
        Assert.Equal(64u, place.ByteCount);
        var isFreed = !misuse.StartsWith("overrun", StringComparison.Ordinal);
        Assert.Equal(isFreed ? "Wreck.cs:88 (Sink)" : "", place.FreedAt);
        Assert.Equal(isFreed ? 1u : 0, place.FreedFrame);
        Assert.Contains(said, report.ToString(), StringComparison.Ordinal);
        Assert.Contains("'level'", report.ToString(), StringComparison.Ordinal);
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, CrashCommand.Run(["crash", _path], output, error));
        Assert.Contains(said, output.ToString(), StringComparison.Ordinal);
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public void What_is_no_crash_file_is_refused()
    {
        File.WriteAllText(_path, "something else");
        Assert.Contains(_path, Assert.Throws<InvalidDataException>(() => GuardReport.Read(_path)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => GuardReport.Read(_path + "none"));
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.NotEqual(0, CrashCommand.Run(["crash"], output, error));
        Assert.NotEqual(0, CrashCommand.Run(["crash", _path], output, error));
        Assert.Equal(2, error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void A_file_of_random_bytes_never_breaks_the_reader()
    {
        var random = new Random(5);
        var bytes = new byte[CrashFile.FileBytes];
        for (var i = 0; i < 20; i++)
        {
            random.NextBytes(bytes);
            BitConverter.TryWriteBytes(bytes, CrashFile.Magic);
            BitConverter.TryWriteBytes(bytes.AsSpan(8), CrashFile.Version);
            for (var at = CrashFile.HeaderBytes + 60; at < CrashFile.TextsOffset; at += 64)
                BitConverter.TryWriteBytes(bytes.AsSpan(at), random.Next(4));
            File.WriteAllBytes(_path, bytes);
            Assert.NotEmpty(GuardReport.Read(_path).ToString());
        }
    }

    [Fact]
    public void A_path_that_cannot_be_written_is_refused_by_name()
    {
        var path = Path.Combine(_path, "nowhere", "file");
        var guard = new GuardOptions { GuardedPages = true, SampleEvery = 0, CrashReportPath = path };
        var error = Assert.Throws<ArgumentException>(
            () => new PageArena(new PageArenaOptions { Name = "mine", Guard = guard }));
        Assert.Contains("Arena 'mine'", error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void Two_arenas_share_the_file_and_it_does_not_grow()
    {
        var path = _path + ".two";
        var guard = new GuardOptions { GuardedPages = true, SampleEvery = 0, CrashReportPath = path };
        using var first = new PageArena(new PageArenaOptions { Guard = guard });
        using var second = new PageArena(new PageArenaOptions { Guard = guard });
        using var heap = new Heap(first);
        using var other = new Heap(second);
        unsafe
        {
            for (var i = 0; i < 5_000; i++)
            {
                heap.Free(heap.Allocate(10));
                other.Free(other.Allocate(10));
            }
        }
        Assert.Equal(CrashFile.FileBytes, new FileInfo(path).Length);
        File.Delete(path);
    }
}
