namespace Arena;

/// <summary>The largest value of the last 64 to 128 frames: of the previous window and of the present one.</summary>
internal struct RecentPeak
{
    private const ulong FramesPerWindow = 64;

    private nuint _window;
    private nuint _lastWindow;

    public readonly nuint Value => Math.Max(_window, _lastWindow);

    public void Add(nuint value) => _window = Math.Max(_window, value);

    /// <summary>Ends a frame. Call it once a frame.</summary>
    public void EndFrame(ulong frame)
    {
        if (frame % FramesPerWindow != 0)
            return;
        _lastWindow = _window;
        _window = 0;
    }
}
