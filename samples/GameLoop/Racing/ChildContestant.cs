using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GameLoop.Churning;
using GameLoop.Measurement;

namespace GameLoop.Racing;

/// <summary>
/// A backend in a process of its own, which shares neither memory nor the collector's state with another. It is kept
/// alive, and waits between its slices. A process that dies is an error with the backend's name.
/// </summary>
internal sealed class ChildContestant : IContestant
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ChildContestant(string name, Process process)
    {
        Name = name;
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public string Name { get; }

    /// <summary>Starts the process.</summary>
    /// <param name="name">The backend's name.</param>
    /// <param name="start">The program; its streams are redirected here.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static ChildContestant Start(string name, ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return new ChildContestant(
            name, Process.Start(start) ?? throw new RunFailedException($"{name}: no process was started"));
    }

    public void Prepare(Action onPercent)
    {
        for (; ; )
        {
            var (word, content) = Read();
            if (word == RaceLine.Ready)
                return;
            if (word != RaceLine.Percent)
                throw Unexpected(RaceLine.Of(word, content));
            onPercent();
        }
    }

    public Slice Step(int frames) =>
        Parse(Ask(RaceLine.Of(RaceLine.Step, frames), RaceLine.Slice), SliceText.Parse);

    public WorldLook Look() => Parse(
        Ask(RaceLine.Look, RaceLine.Look),
        static text => JsonSerializer.Deserialize(text, RaceJson.Line.WorldLook) ?? throw new JsonException());

    public WorldTotals End() => Parse(
        Ask(RaceLine.End, RaceLine.End),
        static text => JsonSerializer.Deserialize(text, RaceJson.Line.WorldTotals) ?? throw new JsonException());

    public double Churn(ChurnKind kind) => Parse(
        Ask(RaceLine.Of(RaceLine.Churn, kind.ToString()), RaceLine.Churn),
        static text => double.Parse(text, CultureInfo.InvariantCulture));

    public void Dispose()
    {
        try
        {
            // The end of its input is the end of the process, unless it is in the middle of something.
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(1)))
                _process.Kill();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended already.
        }
        _process.Dispose();
    }

    private string Ask(string request, string answer)
    {
        try
        {
            _process.StandardInput.Write(request + '\n');
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            throw Died();
        }
        var (word, content) = Read();
        return word == answer ? content : throw Unexpected(RaceLine.Of(word, content));
    }

    private (string Word, string Content) Read() =>
        RaceLine.Parse(_process.StandardOutput.ReadLine() ?? throw Died());

    private T Parse<T>(string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            throw Unexpected(text);
        }
    }

    private RunFailedException Unexpected(string answer) =>
        new($"{Name}: its process answered '{answer}'; that is no answer to what it was asked");

    // With what it said last, or the code that it ended with.
    private RunFailedException Died()
    {
        _process.WaitForExit();
        var said = _errors.Result.AsSpan().Trim();
        var end = said.IndexOfAny('\r', '\n');
        var line = said[..(end < 0 ? said.Length : end)];
        return new RunFailedException(line.IsEmpty
            ? string.Create(
                CultureInfo.InvariantCulture, $"{Name}: its process ended with code {_process.ExitCode}")
            : $"{Name}: {line}");
    }
}
