using Arena.Report.Live;
using Arena.Report.Model;

namespace Arena.Tests.Report.Live;

/// <summary>The live page in a real browser, wide and narrow, light and dark, by mouse, keys and touch.</summary>
public sealed class LivePageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const string Ready = "document.querySelectorAll('#lines tbody tr').length > 0";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("live page");

    private string Capture => Path.Combine(_folder.FullName, "game.arena");

    public void Dispose() => _folder.Delete(recursive: true);

    [ChromiumTheory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task Everything_fits_and_is_drawn_in_the_colours_of_the_scheme(int width, bool dark)
    {
        // An hour: the last label of time, 60 min, stands at the end of its axis.
        using (var game = new PlayedGame(Capture))
            game.Play(seconds: 3_580, leaks: true);
        await using var server = Start();
        await using var page = await chromium.Open(width, dark);
        await page.Open(server.Address);
        await page.Until(Ready);
        await page.Until("document.querySelectorAll('#memory path').length > 1");

        Assert.Equal(width, (await page.Ask("document.documentElement.scrollWidth")).GetInt32());
        Assert.Equal("LEAK", await page.Text("#level"));
        Assert.Equal("game.arena: live", (await page.Ask("document.title")).GetString());
        Assert.Contains("PlayedGame.cs:", await page.Text("#sentence"), StringComparison.Ordinal);
        Assert.Equal(dark ? "rgb(20, 23, 27)" : "rgb(255, 255, 255)",
            (await page.Ask("getComputedStyle(document.body).backgroundColor")).GetString());
        // Something is painted on the map, and no text reaches out of a chart.
        Assert.True((await page.Ask(
            "document.querySelector('#places').getContext('2d').getImageData(3, 3, 1, 1).data[3]")).GetInt32() > 0);
        Assert.True((await page.Ask(
            "[...document.querySelectorAll('.plot text')].every(t => { const r = t.getBoundingClientRect(), "
            + "f = t.ownerSVGElement.getBoundingClientRect(); return r.left >= f.left - 1 && "
            + "r.right <= f.right + 1; })")).GetBoolean());
        Assert.True((await page.Ask("document.querySelector('#places').clientHeight")).GetInt32() >= 30);
        Assert.Equal(0, (await page.Picture()).AsSpan().IndexOf([(byte)0x89, (byte)'P', (byte)'N', (byte)'G']));
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task It_moves_with_the_game_stands_still_when_paused_and_catches_up()
    {
        using var game = new PlayedGame(Capture);
        game.PlaySecond(forgets: true);
        await using var server = Start();
        await using var page = await chromium.Open(1280, dark: false);
        await page.Open(server.Address);
        await page.Until("document.querySelector('#state').textContent === 'Live'");
        game.PlaySecond(forgets: true, withMap: true);
        await page.Until("document.querySelector('#clock').textContent === '2.0 s'");
        await page.Until("document.querySelector('#map-what').textContent.startsWith('As of 2.00 s')");

        await page.Click("#pause");
        await page.Until("document.querySelector('#state').textContent === 'Paused'");
        var live = await page.Text("#tiles dd");
        for (var second = 3; second <= 30; second++)
            game.PlaySecond(forgets: true);
        await page.Until("document.querySelector('#clock').textContent === '2.0 s of 30.0 s'");
        Assert.Equal(live, await page.Text("#tiles dd"));
        await page.Click("#now");
        await page.Until("document.querySelector('#clock').textContent === '30.0 s'");
        Assert.NotEqual(live, await page.Text("#tiles dd"));
        game.Close();
        await page.Until("document.querySelector('#state').textContent === 'The capture has ended'");
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task A_moment_is_chosen_by_the_slider_or_on_the_curve_and_two_are_compared()
    {
        using (var game = new PlayedGame(Capture))
            game.Play(seconds: 80, leaks: true);
        await using var server = Start();
        await using var page = await chromium.Open(1280, dark: false);
        await page.Open(server.Address);
        await page.Until(Ready);
        var now = await page.Text("#tiles dd");
        await page.Ask("document.querySelector('#moment').focus()");
        await page.Press("Home");
        await page.Until("document.querySelector('#clock').textContent.startsWith('0.0 s of ')");
        await page.Press("ArrowRight", "ArrowRight", "ArrowRight");
        await page.Until("document.querySelector('#clock').textContent.startsWith('0.3 s of ')");
        await page.Click("#memory", x: 0.5);
        await page.Until("/^(4|5)\\d\\.\\d s of /.test(document.querySelector('#clock').textContent)");
        await page.Until($"document.querySelector('#tiles dd').textContent !== '{now}'");

        await page.Click("#from");
        await page.Until("!document.querySelector('#compare').hidden");
        await page.Click("#memory", x: 0.8);
        await page.Until("document.querySelector('#changes tbody td')?.textContent.startsWith('+')");
        Assert.Contains("PlayedGame.cs:", await page.Text("#changes tbody th"), StringComparison.Ordinal);
        Assert.Equal(2, (await page.Ask("document.querySelectorAll('#memory [class^=cursor]').length")).GetInt32());
        await page.Click("#end-compare");
        await page.Until("document.querySelector('#compare').hidden");
        await page.Click("#pause");
        await page.Until($"document.querySelector('#tiles dd').textContent === '{now}'");
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task Lines_are_filtered_and_tables_sorted_and_stay_so_while_the_game_goes_on()
    {
        using var game = new PlayedGame(Capture);
        for (var second = 1; second <= 5; second++)
            game.PlaySecond(forgets: true);
        await using var server = Start();
        await using var page = await chromium.Open(1280, dark: false);
        await page.Open(server.Address);
        await page.Until(Ready);
        Assert.Equal(2, await Rows());
        const string heads = "[...document.querySelectorAll(\"#lines th button\")]";
        await page.Ask($"{heads}.find(b => b.textContent === 'live').focus()");
        await page.Press("Enter");
        var first = await page.Text("#lines tbody th");
        Assert.Equal("descending", (await Sorted()).GetString());
        await page.Press("Enter");
        Assert.Equal("ascending", (await Sorted()).GetString());
        Assert.NotEqual(first, await page.Text("#lines tbody th"));

        game.PlaySecond(forgets: true);
        await page.Until("document.querySelector('#clock').textContent === '6.0 s'");
        Assert.Equal("ascending", (await Sorted()).GetString());
        Assert.NotEqual(first, await page.Text("#lines tbody th"));

        await page.Type("#filter", $":{game.WallLine}");
        await page.Until("document.querySelectorAll('#lines tbody tr').length === 1");
        Assert.Equal("1 of 2 lines", await page.Text("#filtered"));
        game.PlaySecond(forgets: true);
        await page.Until("document.querySelector('#clock').textContent === '7.0 s'");
        Assert.Equal(1, await Rows());
        await page.Type("#filter", "nothing has this name");
        await page.Until("document.querySelectorAll('#lines tbody tr').length === 0");
        Assert.Empty(page.Complaints);

        async Task<int> Rows() => (await page.Ask("document.querySelectorAll('#lines tbody tr').length")).GetInt32();

        Task<System.Text.Json.JsonElement> Sorted() => page.Ask(
            "document.querySelector('#lines th[aria-sort]')?.getAttribute('aria-sort')");
    }

    [ChromiumTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task The_map_zooms_to_start_and_len_by_pointer_keys_touch_and_typing(int width)
    {
        using (var game = new PlayedGame(Capture))
            game.Play(seconds: 80, leaks: true);
        await using var server = Start();
        await using var page = await chromium.Open(width, dark: false);
        await page.Open(server.Address);
        await page.Until("document.querySelector('#map-what').textContent.startsWith('As of')");
        var whole = await page.Text("#map-what");
        if (width < 600)
            await page.Tap("#places", x: 0.02, y: 0.02);
        else
            await page.Click("#places", x: 0.01, y: 0.02);
        await page.Until("document.querySelector('#stretch').textContent.startsWith('START 0x')");
        if (width < 600)
            await page.Tap("#in");
        else
            await page.Click("#places", x: 0.01, y: 0.02, times: 2);
        await page.Until("document.querySelector('#map-what').textContent.startsWith('START 0x')");
        await page.Click("#out");
        await page.Until($"document.querySelector('#map-what').textContent === '{whole}'");

        await page.Ask("document.querySelector('#places').focus()");
        await page.Press("Home", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "End", "ArrowLeft");
        var stretch = await page.Text("#stretch");
        Assert.Matches(@"^START 0x[0-9a-f]{12} LEN [0-9,]+ \(.*\) \w+ '\w+': ", stretch);
        await page.Press("Enter");
        await page.Until("document.querySelector('#map-what').textContent.startsWith('START 0x')");
        await page.Press("Escape");
        await page.Until($"document.querySelector('#map-what').textContent === '{whole}'");

        var start = stretch.Split(' ')[1];
        await page.Type("#start", start);
        await page.Type("#len", "256");
        await page.Press("Enter");
        await page.Until($"document.querySelector('#map-what').textContent.startsWith('START {start} LEN 256;')");
        await page.Type("#start", "here");
        await page.Click("#go");
        await page.Until("document.querySelector('#stretch').textContent.startsWith('START is an address')");
        await page.Type("#start", "0x10");
        await page.Type("#len", "256");
        await page.Click("#go");
        await page.Until("document.querySelector('#stretch').textContent.startsWith('Nothing of the map is there')");
        await page.Type("#len", "999999999999999");
        await page.Click("#go");
        await page.Until("/^START 0x[0-9a-f]{9,} LEN [0-9,]+; one place is [1-9]/.test("
            + "document.querySelector('#map-what').textContent)");
        Assert.Equal(width, (await page.Ask("document.documentElement.scrollWidth")).GetInt32());
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task Names_of_a_capture_become_no_markup_and_a_lost_file_or_server_is_said()
    {
        using (var game = new PlayedGame(Capture))
            game.Play(seconds: 5, leaks: true);
        var server = Start();
        await using var page = await chromium.Open(1280, dark: false);
        await page.Open(server.Address);
        await page.Until(Ready);
        File.Delete(Capture);
        await page.Until("document.querySelector('#state').textContent === 'Cannot be read now'");
        Assert.StartsWith(
            "It cannot be read now; what is shown is older", await page.Text("#problem"), StringComparison.Ordinal);
        await server.DisposeAsync();
        await page.Until("document.querySelector('#state').textContent.startsWith('No connection')");
    }

    [ChromiumTheory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task The_page_without_a_script_fits_and_its_first_column_stays(int width, bool dark)
    {
        using (var game = new PlayedGame(Capture))
            game.Play(seconds: 60, leaks: true);
        await using var server = Start();
        await using var page = await chromium.Open(width, dark);
        await page.Open(new Uri(server.Address, "report"));
        Assert.Equal(width, (await page.Ask("document.documentElement.scrollWidth")).GetInt32());
        const string table = "document.querySelector('#sites .scroll')";
        await page.Ask($"{table}.scrollLeft = 1000");
        Assert.True((await page.Ask(
            $"Math.abs({table}.querySelector('tbody th').getBoundingClientRect().left - "
            + $"{table}.getBoundingClientRect().left) <= 1")).GetBoolean());
        Assert.True((await page.Ask("document.querySelector('svg.map').clientHeight >= 20")).GetBoolean());
        Assert.True((await page.Ask(
            "[...document.querySelectorAll('.chart text')].every(t => { const r = t.getBoundingClientRect(), "
            + "f = t.ownerSVGElement.getBoundingClientRect(); return r.width === 0 || r.left >= f.left - 1 && "
            + "r.right <= f.right + 1; })")).GetBoolean());
        Assert.Empty(page.Complaints);
    }

    private LiveServer Start() => LiveServer.Start(Capture, new ReportOptions(), port: 0);
}
