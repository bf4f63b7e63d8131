using System.Diagnostics;
using System.Text.Json;

namespace Arena.Tests.Report.Live;

/// <summary>A browser without a window, driven by its DevTools protocol; started when first needed.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public const string HowToGetIt =
        "Chromium is not installed (Debian: apt-get install chromium; elsewhere set CHROMIUM to its path).";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("chromium");
    private Process? _process;
    private Uri? _address;

    /// <summary>The path of the browser; null if there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } given)
            return given;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        // The last of its processes may still be writing.
        for (var i = 0; i < 20; i++)
        {
            try
            {
                _profile.Delete(recursive: true);
                return;
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>Opens a page of a size in CSS pixels.</summary>
    internal async Task<BrowserPage> Open(int width, bool dark)
    {
        var address = await Address();
        using var client = new HttpClient();
        using var made = await client.PutAsync(new Uri(address, "json/new?about:blank"), null);
        var target = JsonSerializer.Deserialize<JsonElement>(await made.Content.ReadAsByteArrayAsync());
        var page = await BrowserPage.Connect(new Uri(target.GetProperty("webSocketDebuggerUrl").GetString()!));
        await page.Show(width, dark);
        return page;
    }

    private async Task<Uri> Address()
    {
        if (_address is not null)
            return _address;
        // As root, and in most containers, Chromium has no sandbox; it opens pages of this machine only.
        _process = Process.Start(new ProcessStartInfo(
            Find()!,
            [
                "--headless=new", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--remote-debugging-port=0", "--disable-background-networking", "--disable-dev-shm-usage",
                $"--user-data-dir={_profile.FullName}", "about:blank",
            ])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        });
        _process!.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        var file = Path.Combine(_profile.FullName, "DevToolsActivePort");
        for (var i = 0; i < 600; i++)
        {
            if (File.Exists(file) && await File.ReadAllLinesAsync(file) is [var port, _, ..])
                return _address = new Uri($"http://127.0.0.1:{port}/");
            await Task.Delay(100);
        }
        throw new InvalidOperationException("Chromium does not start.");
    }
}
