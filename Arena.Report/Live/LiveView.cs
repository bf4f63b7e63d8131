using System.Text.Json;
using System.Text.Json.Serialization;
using Arena.Diagnostics;
using Arena.Report.Model;

namespace Arena.Report.Live;

/// <summary>The state of a followed capture, as a viewer shows it; bounded, however long the capture is.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="State">The state of the file: it grows, has ended, or cannot be read now.</param>
/// <param name="Message">One line about what is missing or wrong; null if nothing is.</param>
/// <param name="Run">Distinguishes captures that replace each other under one name.</param>
/// <param name="At">The moment it is as of; null for the newest.</param>
/// <param name="Errors">Errors, the last ones.</param>
/// <param name="Report">The report, with the first of its lines; null if nothing could be read yet.</param>
internal sealed record LiveView(
    long Version, LiveState State, string? Message, string Run, double? At, IReadOnlyList<LiveError> Errors,
    ReportModel? Report)
{
    private const int MostPoints = 1_200;
    private const int MostSites = 500;
    private const int MostMarks = 100;
    private const int MostErrors = 100;

    /// <summary>Makes the view of a report.</summary>
    public static LiveView Of(long version, LiveState state, string run, double? at, ReportModel model) => new(
        version, state, state == LiveState.Open ? WhatIsWrong(model.Source.Problem) : model.Source.Problem, run, at,
        [
            .. ErrorGroup.Of(model).TakeLast(MostErrors).Select(error => new LiveError(
                error.When, error.What, error.First.Arena, error.First.Text, error.First.Stack)),
        ],
        model with
        {
            Series = model.Series.Thinned(MostPoints),
            Sites = [.. model.Sites.Take(MostSites).Select(site => site with { Stacks = [] })],
            Events = [.. model.Events.Where(each => each.Kind == CaptureEventKind.Mark).TakeLast(MostMarks)],
        });

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LiveJson.Default.LiveView);

    // That a capture was not ended is nothing wrong while it is written.
    private static string? WhatIsWrong(string? problem) =>
        problem?.Contains("cut off", StringComparison.Ordinal) == true
        || problem?.Contains("damaged", StringComparison.Ordinal) == true ? problem : null;
}

/// <param name="When">The time of the error, or the times and their number.</param>
/// <param name="What">The kind of error.</param>
/// <param name="Arena">The arena's name; null where it concerns none.</param>
/// <param name="Text">The message.</param>
/// <param name="Stack">The stack that led to it; empty where there is none.</param>
internal sealed record LiveError(string When, string What, string? Arena, string Text, string Stack);

internal enum LiveState
{
    /// <summary>It was not ended: a game is writing it, or was killed.</summary>
    Open,
    Ended,

    /// <summary>It cannot be read now; what is shown is older.</summary>
    Lost,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LiveView))]
[JsonSerializable(typeof(ChangeModel))]
[JsonSerializable(typeof(MapPart))]
internal sealed partial class LiveJson : JsonSerializerContext;
