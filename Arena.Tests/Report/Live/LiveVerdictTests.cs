using Arena.Report.Live;
using Arena.Report.Model;

namespace Arena.Tests.Report.Live;

/// <summary>The verdict of the live page in a real browser, at the end of a capture and before it.</summary>
public sealed class LiveVerdictTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("live verdict");

    private string Capture => Path.Combine(_folder.FullName, "game.arena");

    public void Dispose() => _folder.Delete(recursive: true);

    [ChromiumFact]
    public async Task A_leak_stays_one_while_the_slider_is_behind_the_closing_and_both_slopes_are_named()
    {
        using (var game = new PlayedGame(Capture))
            game.Play(seconds: 80, leaks: true);
        await using var server = LiveServer.Start(Capture, new ReportOptions(), port: 0);
        await using var page = await chromium.Open(1280, dark: false);
        await page.Open(server.Address);
        await page.Until("document.querySelector('#level').textContent === 'LEAK'");
        var sentence = await page.Text("#sentence");
        var tiles = await page.Text("#tiles");
        foreach (var tile in new[] { "Slope of all samples", "Slope of the floor's last stretch", "Never freed" })
            Assert.Contains(tile, tiles, StringComparison.Ordinal);

        // 101 s, of which the last is the closing.
        await page.Ask("document.querySelector('#moment').focus()");
        await page.Press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft");
        await page.Until("document.querySelector('#clock').textContent.startsWith('100.5 s of ')");
        await page.Until("document.querySelector('#trend-note').textContent.includes('The window is 20 s to 100 s')");
        Assert.Equal(("LEAK", sentence), (await page.Text("#level"), await page.Text("#sentence")));
        Assert.Equal(tiles, await page.Text("#tiles"));

        await page.Press("Home");
        await page.Until("document.querySelector('#level').textContent === 'NOT KNOWN'");
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task A_moment_before_the_kept_one_is_compared_in_the_order_of_time()
    {
        int leaking;
        using (var game = new PlayedGame(Capture))
        {
            game.Play(seconds: 80, leaks: true);
            leaking = game.WallLine;
        }
        await using var server = LiveServer.Start(Capture, new ReportOptions(), port: 0);
        await using var page = await chromium.Open(1280, dark: false);
        await page.Open(server.Address);
        await page.Until("document.querySelector('#level').textContent === 'LEAK'");
        await page.Click("#from");
        await page.Click("#memory", x: 0.5);
        await page.Until("/^From [45]\\d/.test(document.querySelector('#compare-what').textContent)");
        Assert.Contains($"PlayedGame.cs:{leaking}", await page.Text("#changes tbody th"), StringComparison.Ordinal);
        Assert.StartsWith("+", await page.Text("#changes tbody td"), StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }
}
