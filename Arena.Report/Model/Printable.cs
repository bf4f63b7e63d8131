using System.Globalization;
using System.Text;

namespace Arena.Report.Model;

/// <summary>
/// Makes foreign text safe to show anywhere: a name in a capture moves no cursor, colours nothing, reverses no reading
/// direction, and is allowed in every sort of document. Characters that are not allowed become U+FFFD.
/// </summary>
internal static class Printable
{
    private const int ZeroWidthNonJoiner = 0x200C, ZeroWidthJoiner = 0x200D;
    private const int NonCharacters = 0xFFFE, FirstArabicNonCharacter = 0xFDD0, LastArabicNonCharacter = 0xFDEF;

    /// <summary>Returns the text as one line.</summary>
    public static string Line(string text) => Safe(text.ReplaceLineEndings(" "));

    /// <summary>Returns the text as one line; null stays null.</summary>
    public static string? LineOrNull(string? text) => text is null ? null : Line(text);

    /// <summary>Returns the text with its lines, each ended by a line feed.</summary>
    public static string Lines(string text) => Safe(text.ReplaceLineEndings("\n"));

    private static string Safe(string text)
    {
        var safe = new StringBuilder(text.Length);
        // Half of a pair of surrogates is enumerated as U+FFFD.
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\n' || CanBeShown(rune))
                safe.Append(rune);
            else
                safe.Append(rune.Value == '\t' ? ' ' : '\uFFFD');
        }
        return safe.ToString();
    }

    // The joiners belong to the spelling of words and of emoji; every other character without a shape of its own
    // exists to change how others are shown.
    private static bool CanBeShown(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.Format => rune.Value is ZeroWidthJoiner or ZeroWidthNonJoiner,
        _ => (rune.Value & NonCharacters) != NonCharacters
            && rune.Value is < FirstArabicNonCharacter or > LastArabicNonCharacter,
    };
}
