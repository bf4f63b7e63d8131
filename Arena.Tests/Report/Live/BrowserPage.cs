using System.Net.WebSockets;
using System.Text.Json;

namespace Arena.Tests.Report.Live;

/// <summary>A page in the browser: asks it and acts on it as a person does, by its DevTools protocol.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private int _lastCommand;

    private BrowserPage()
    {
    }

    /// <summary>Errors of scripts, and what a policy forbade.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<BrowserPage> Connect(Uri address)
    {
        var page = new BrowserPage();
        await page._socket.ConnectAsync(address, CancellationToken.None);
        foreach (var domain in new[] { "Page", "Runtime", "Log" })
            await page.Command($"{domain}.enable", new { });
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await Command("Page.close", new { });
        _socket.Dispose();
    }

    /// <summary>Takes a size in CSS pixels and a colour scheme.</summary>
    public async Task Show(int width, bool dark)
    {
        await Command("Emulation.setDeviceMetricsOverride", new
        {
            width, height = 900, deviceScaleFactor = 1, mobile = width < 600,
        });
        await Command("Emulation.setTouchEmulationEnabled", new { enabled = width < 600 });
        await Command("Emulation.setEmulatedMedia", new
        {
            features = new[] { new { name = "prefers-color-scheme", value = dark ? "dark" : "light" } },
        });
    }

    public async Task Open(Uri address)
    {
        await Command("Page.navigate", new { url = address.AbsoluteUri });
        await Until("document.readyState === 'complete'");
    }

    /// <summary>Evaluates an expression of JavaScript.</summary>
    public async Task<JsonElement> Ask(string expression)
    {
        var reply = await Command("Runtime.evaluate", new { expression, returnByValue = true, awaitPromise = true });
        if (reply.TryGetProperty("exceptionDetails", out var details))
            throw new InvalidOperationException($"{expression}: {details}");
        return reply.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    /// <summary>The text of an element.</summary>
    public async Task<string> Text(string selector) =>
        (await Ask($"document.querySelector('{selector}').textContent")).GetString() ?? "";

    /// <summary>Waits until an expression is true.</summary>
    public async Task Until(string expression)
    {
        for (var i = 0; i < 600; i++)
        {
            if ((await Ask($"Boolean({expression})")).GetBoolean())
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"It never came to be: {expression}");
    }

    /// <summary>Presses the mouse on a place of an element, in parts of its width and height.</summary>
    public async Task Click(string selector, double x = 0.5, double y = 0.5, int times = 1)
    {
        var (left, top) = await PlaceOf(selector, x, y);
        for (var time = 1; time <= times; time++)
        {
            foreach (var type in new[] { "mousePressed", "mouseReleased" })
            {
                await Command("Input.dispatchMouseEvent", new
                {
                    type, x = left, y = top, button = "left", clickCount = time,
                });
            }
        }
    }

    /// <summary>Touches a place of an element.</summary>
    public async Task Tap(string selector, double x = 0.5, double y = 0.5)
    {
        var (left, top) = await PlaceOf(selector, x, y);
        await Command("Input.dispatchTouchEvent", new
        {
            type = "touchStart", touchPoints = new[] { new { x = left, y = top } },
        });
        await Command("Input.dispatchTouchEvent", new { type = "touchEnd", touchPoints = Array.Empty<object>() });
    }

    /// <summary>Presses keys of the focused element, by their names.</summary>
    public async Task Press(params string[] keys)
    {
        foreach (var key in keys)
        {
            var code = key switch
            {
                "Enter" => 13, "Escape" => 27, "End" => 35, "Home" => 36, "ArrowLeft" => 37, "ArrowUp" => 38,
                "ArrowRight" => 39, "ArrowDown" => 40, "Tab" => 9, _ => key[0],
            };
            var text = key == "Enter" ? "\r" : key.Length == 1 ? key : "";
            await Command("Input.dispatchKeyEvent", new
            {
                type = "keyDown", key, text, windowsVirtualKeyCode = code,
            });
            await Command("Input.dispatchKeyEvent", new { type = "keyUp", key, windowsVirtualKeyCode = code });
        }
    }

    /// <summary>Types a text into an element in place of what is in it.</summary>
    public async Task Type(string selector, string text)
    {
        await Ask($"document.querySelector('{selector}').focus()");
        await Ask($"document.querySelector('{selector}').select()");
        await Command("Input.insertText", new { text });
    }

    /// <summary>Takes a picture of the page, from its top.</summary>
    /// <param name="most">The most height of it.</param>
    public async Task<byte[]> Picture(double most = 20_000)
    {
        var size = (await Command("Page.getLayoutMetrics", new { })).GetProperty("cssContentSize");
        var reply = await Command("Page.captureScreenshot", new
        {
            captureBeyondViewport = true,
            clip = new
            {
                x = 0, y = 0, width = size.GetProperty("width").GetDouble(),
                height = Math.Min(most, size.GetProperty("height").GetDouble()), scale = 1,
            },
        });
        return reply.GetProperty("data").GetBytesFromBase64();
    }

    private async Task<(double X, double Y)> PlaceOf(string selector, double x, double y)
    {
        var place = await Ask(
            $"(() => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{ block: 'center' }});"
            + " const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()");
        double[] sides = [.. place.EnumerateArray().Select(each => each.GetDouble())];
        return (sides[0] + x * sides[2], sides[1] + y * sides[3]);
    }

    private async Task<JsonElement> Command(string method, object parameters)
    {
        using var patience = new CancellationTokenSource(Patience);
        var id = ++_lastCommand;
        var message = JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters });
        await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        while (true)
        {
            var reply = await Receive(patience.Token);
            if (reply.TryGetProperty("id", out var of) && of.GetInt32() == id)
            {
                return reply.TryGetProperty("error", out var error)
                    ? throw new InvalidOperationException($"{method}: {error}") : reply.GetProperty("result");
            }
            Note(reply);
        }
    }

    private void Note(JsonElement notice)
    {
        if (notice.TryGetProperty("method", out var method)
            && method.GetString() is "Runtime.exceptionThrown" or "Log.entryAdded")
            Complaints.Add(notice.GetProperty("params").ToString());
    }

    private async Task<JsonElement> Receive(CancellationToken stop)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[65_536];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, stop);
            whole.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return JsonSerializer.Deserialize<JsonElement>(whole.ToArray());
        }
    }
}
