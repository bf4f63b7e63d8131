using System.Text;

namespace GameLoop.Viewing;

/// <summary>
/// A picture of dots, 2 by 4 in each character of a terminal, in the colour of the last dot of each character.
/// </summary>
/// <remarks>
/// <code>
///   1 4      the dots of a character and the bits of U+2800 + bits
///   2 5
///   3 6
///   7 8
/// </code>
/// </remarks>
internal sealed class BrailleCanvas(int columns, int rows)
{
    private const int DotsAcross = 2;
    private const int DotsDown = 4;
    private const char Empty = '\u2800';

    private readonly byte[] _bits = new byte[columns * rows];
    private readonly int[] _colours = new int[columns * rows];

    /// <summary>Dots a row.</summary>
    public int Width { get; } = columns * DotsAcross;

    /// <summary>Dots a column.</summary>
    public int Height { get; } = rows * DotsDown;

    /// <summary>Sets a dot; one outside of the picture is left out.</summary>
    public void Set(int x, int y, int colour)
    {
        if (x < 0 || y < 0 || x >= Width || y >= Height)
            return;
        var place = (y / DotsDown * columns) + (x / DotsAcross);
        _bits[place] |= Bit(x % DotsAcross, y % DotsDown);
        _colours[place] = colour;
    }

    /// <summary>Returns the picture's lines, with the colours as escape sequences or without any.</summary>
    public IEnumerable<string> Lines(bool hasColours)
    {
        for (var row = 0; row < rows; row++)
            yield return Line(row, hasColours);
    }

    private static byte Bit(int x, int y) => (byte)(y == DotsDown - 1 ? 0x40 << x : 1 << ((3 * x) + y));

    private string Line(int row, bool hasColours)
    {
        var text = new StringBuilder();
        var last = 0;
        for (var column = 0; column < columns; column++)
        {
            var place = (row * columns) + column;
            if (hasColours && _bits[place] != 0 && _colours[place] != last)
                text.Append(Escape.Colour(last = _colours[place]));
            text.Append((char)(Empty + _bits[place]));
        }
        return last == 0 ? text.ToString() : text.Append(Escape.Plain).ToString();
    }
}
