using Arena.Report.Live;
using Arena.Report.Model;
using GameLoop;
using GameLoop.Options;

namespace Arena.Tests.Report.Live;

/// <summary>
/// The pictures of docs/report.md, of a capture of the sample. ARENA_PICTURES names the folder that they are written
/// to; without it they are only made.
/// </summary>
public sealed class ReportPicturesTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pictures");

    public void Dispose() => _folder.Delete(recursive: true);

    [ChromiumFact]
    public async Task Pictures_are_made_of_a_capture_of_the_sample()
    {
        var capture = Path.Combine(_folder.FullName, "game.arena");
        string[] play =
        [
            "--backend", "arena", "--frames", "2500", "--entities", "5000", "--leak", "0.03", "--capture", capture,
        ];
        Assert.Equal(ExitCode.LeaksFound, CommandLine.Run(play, TextWriter.Null, TextWriter.Null));
        await using var server = LiveServer.Start(capture, new ReportOptions(), port: 0);
        await Take(new Uri(server.Address, "report"), width: 1280, dark: false, height: 1_120, "report-wide.png");
        await Take(new Uri(server.Address, "report"), width: 390, dark: true, height: 1_300, "report-narrow.png");
        await Take(server.Address, width: 1280, dark: true, height: 1_560, "report-live.png");
    }

    private async Task Take(Uri address, int width, bool dark, int height, string name)
    {
        await using var page = await chromium.Open(width, dark);
        await page.Open(address);
        await page.Until("document.querySelector('tbody td') !== null");
        var picture = await page.Picture(height);
        Assert.True(picture.Length > 20_000, $"{name} has {picture.Length} bytes");
        if (Environment.GetEnvironmentVariable("ARENA_PICTURES") is { Length: > 0 } folder)
            await File.WriteAllBytesAsync(Path.Combine(Root(), folder, name), picture);
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../.."));
}
