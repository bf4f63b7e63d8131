using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Arena.Diagnostics;
using Arena.Report.Model;
using Arena.Report.Page;

namespace Arena.Report.Live;

/// <summary>
/// Follows a capture file while a game writes it: reads it again when its bytes have changed, as long as there is a
/// viewer, and keeps the newest contents only. A file that is replaced, cut off or damaged is shown as far as it goes.
/// </summary>
internal sealed class LiveCapture
{
    private const long MostFileBytes = 256L << 20;

    // Reading takes at most a fifth of a core.
    private const int PauseForReading = 4;

    private readonly string _path;
    private readonly ReportOptions _options;
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = New();
    private MemoryCapture? _capture;
    private byte[] _bytes = [];
    private byte[] _sum = [];
    private Newest _newest;
    private int _viewers;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no capture.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public LiveCapture(string path, ReportOptions options)
    {
        ReportSource.CheckThatItCanBeFollowed(path);
        if (ReportSource.IsRecord(path))
            throw new InvalidDataException($"'{path}' is a sampler's record; serve shows captures of CaptureWriter.");
        (_path, _options) = (path, options);
        _newest = new Newest(0, [], "", null);
        Look();
    }

    /// <summary>The time between two looks at the file.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>The newest view as JSON, and its version.</summary>
    public (long Version, byte[] Json) View
    {
        get
        {
            lock (_lock)
                return (_newest.Version, _newest.Json);
        }
    }

    /// <summary>Looks at the file until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, stop).ConfigureAwait(false);
                if (Volatile.Read(ref _viewers) == 0)
                    continue;
                var began = TimeProvider.System.GetTimestamp();
                Look();
                var took = TimeProvider.System.GetElapsedTime(began);
                await Task.Delay(PauseForReading * took, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // A stop was requested.
        }
    }

    /// <summary>Counts a viewer, until the end of whose viewing the file is followed.</summary>
    public void Enter() => Interlocked.Increment(ref _viewers);

    public void Leave() => Interlocked.Decrement(ref _viewers);

    /// <summary>Waits until there is a newer view than a version.</summary>
    public Task After(long version)
    {
        lock (_lock)
            return _newest.Version > version ? Task.CompletedTask : _changed.Task;
    }

    /// <summary>The view as of a moment, as JSON; null if nothing could be read yet.</summary>
    public byte[]? ViewAt(double seconds)
    {
        var (capture, newest) = Now();
        if (capture is null)
            return null;
        var at = Math.Clamp(seconds, 0, capture.Seconds);
        var model = ReportSource.Of(capture, Path.GetFileName(_path), _options with { At = at });
        return LiveView.Of(newest.Version, StateOf(capture), newest.Run, at, model).ToJson();
    }

    /// <summary>The page without a script, as of now; null if nothing could be read yet.</summary>
    public byte[]? StaticPage() => Now().Capture is { } capture
        ? ReportPage.Of(ReportSource.Of(capture, Path.GetFileName(_path), _options)) : null;

    /// <summary>The changes from one moment to another, as JSON; null if one of them is before all samples.</summary>
    public byte[]? Between(double from, double to) =>
        Now().Capture is { } capture && ChangeSums.Between(capture, from, to) is { } change
            ? JsonSerializer.SerializeToUtf8Bytes(change, LiveJson.Default.ChangeModel) : null;

    /// <summary>A part of an arena's map as of a moment, as JSON; null if there is none.</summary>
    public byte[]? Part(double at, int arena, ulong start, long bytes) =>
        Now().Capture is { } capture && MapSums.Part(capture, at, arena, start, bytes) is { } part
            ? JsonSerializer.SerializeToUtf8Bytes(part, LiveJson.Default.MapPart) : null;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static LiveState StateOf(MemoryCapture capture) => capture.IsEnded ? LiveState.Ended : LiveState.Open;

    private (MemoryCapture? Capture, Newest Newest) Now()
    {
        lock (_lock)
            return (_capture, _newest);
    }

    // By one thread at a time: the constructor, then the loop.
    private void Look()
    {
        try
        {
            if (ReadIfChanged() is not { } capture)
                return;
            var model = ReportSource.Of(capture, Path.GetFileName(_path), _options);
            var run = capture.Started.ToString("O", CultureInfo.InvariantCulture);
            Publish(capture, LiveView.Of(_newest.Version + 1, StateOf(capture), run, at: null, model));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Lose(Printable.Line(e.Message));
        }
    }

    // Neither its length nor its time says whether a file has changed: a capture is also written to in place, and not
    // every system keeps the time of an open file.
    private MemoryCapture? ReadIfChanged()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length > MostFileBytes)
        {
            throw new InvalidDataException(
                $"The capture '{_path}' has {Units.Bytes(file.Length)}; at most {Units.Bytes(MostFileBytes)} are "
                + "followed. A report of it can be written without serve.");
        }
        var length = (int)file.Length;
        if (_bytes.Length < length)
            _bytes = new byte[Math.Max(length, 2 * _bytes.Length)];
        var read = _bytes.AsSpan(0, file.ReadAtLeast(_bytes.AsSpan(0, length), length, throwOnEndOfStream: false));
        var sum = SHA256.HashData(read);
        if (sum.AsSpan().SequenceEqual(_sum))
            return null;
        _sum = sum;
        return MemoryCapture.Parse(read, _path);
    }

    private void Lose(string why)
    {
        // What was read before stays, and is said to be old.
        if (_newest.View is { State: LiveState.Lost } lost && lost.Message == why)
            return;
        _sum = [];
        var view = _newest.View ?? new LiveView(0, LiveState.Lost, why, "", null, [], null);
        Publish(_capture, view with { Version = _newest.Version + 1, State = LiveState.Lost, Message = why });
    }

    private void Publish(MemoryCapture? capture, LiveView view)
    {
        var newest = new Newest(view.Version, view.ToJson(), view.Run, view);
        TaskCompletionSource changed;
        lock (_lock)
        {
            (_capture, _newest) = (capture, newest);
            (changed, _changed) = (_changed, New());
        }
        changed.SetResult();
    }

    private sealed record Newest(long Version, byte[] Json, string Run, LiveView? View);
}
