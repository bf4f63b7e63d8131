using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.History;

public sealed class KilledSamplerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sampler");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_process_killed_at_any_moment_leaves_all_but_its_last_sample(int run)
    {
        var path = Path.Combine(_folder.FullName, $"{run}.memory");
        using var child = new ChildOfTest("sample", path);
        Assert.Equal("sampling", child.ReadLine());
        // Whenever that is: the child writes all the time.
        SpinWait.SpinUntil(() => new FileInfo(path).Length > run * 10_000, TimeSpan.FromSeconds(30));
        child.Kill();

        var record = MemoryRecord.Read(path);
        var count = record.Cells.Sum(cell => cell.SampleCount);
        Assert.True(count >= 100, $"{count} samples");
        Assert.True(record.UnreadableBytes < 100, $"{record.UnreadableBytes} bytes were of no use");
        // 16 bytes a sample, and nothing lost before the end.
        Assert.Equal(16.0 * count, record.Cells[^1].PeakBytes);
        // The verdict depends on how fast the child came to be; whose growth it is does not.
        var first = record.Analyze().Sites[0];
        Assert.StartsWith("Children.cs:", first.Site, StringComparison.Ordinal);
        Assert.Equal(1, first.Share, 1e-6);
    }
}
