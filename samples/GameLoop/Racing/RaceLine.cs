using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace GameLoop.Racing;

/// <summary>
/// The lines between the program and the processes of its backends: a word and, behind a space, what belongs to it.
/// </summary>
/// <remarks>
/// <code>
///   program to process                 process to program
///
///                                      percent              as often as a percent is played
///                                      ready                the world is in its steady state
///   step 20                            slice 5500 4900 ...  a measured slice, in the numbers of SliceText
///   look                               look {json}          what the world looks like, and its memory
///   end                                end {json}           the world is closed
///   churn Replace                      churn 12.25          nanoseconds
///   (end of file)                                           the process ends
/// </code>
/// </remarks>
internal static class RaceLine
{
    public const string Percent = "percent";
    public const string Ready = "ready";
    public const string Step = "step";
    public const string Slice = "slice";
    public const string Look = "look";
    public const string End = "end";
    public const string Churn = "churn";

    public static string Of(string word, string content) => $"{word} {content}";

    public static string Of(string word, double number) => Of(word, number.ToString("R", CultureInfo.InvariantCulture));

    public static string Of<T>(string word, T content, JsonTypeInfo<T> type) =>
        Of(word, JsonSerializer.Serialize(content, type));

    /// <summary>Divides a line into its word and the rest.</summary>
    public static (string Word, string Content) Parse(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
    }
}
