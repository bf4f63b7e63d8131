using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// The compiler's form of <c>text.Append($"...")</c>. It appends each part to the text in turn, and if one fails,
/// removes what it appended.
/// </summary>
/// <example>
/// <code>
/// using var text = new NativeText(heap);
/// text.Append($"{3} of {8} players");                 // the compiler makes a TextInterpolation of it
/// </code>
/// </example>
[InterpolatedStringHandler]
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct TextInterpolation
{
    private readonly ref NativeText _text;
    private readonly int _start;

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">The number of characters in the literal parts.</param>
    /// <param name="formattedCount">The number of values between them.</param>
    /// <param name="text">The text that is appended to.</param>
    public TextInterpolation(int literalLength, int formattedCount, in NativeText text)
    {
        // The compiler passes the variable itself, also one of a using statement, but cannot pass it as ref.
        _text = ref Unsafe.AsRef(in text);
        _start = text.ByteCount;
    }

    /// <summary>Appends a literal part.</summary>
    /// <param name="value">The part.</param>
    public readonly void AppendLiteral(string value) => AppendFormatted(value.AsSpan());

    /// <summary>Appends text.</summary>
    /// <param name="value">The text.</param>
    public readonly void AppendFormatted(ReadOnlySpan<char> value)
    {
        try
        {
            _text.Append(value);
        }
        catch
        {
            _text.Truncate(_start);
            throw;
        }
    }

    /// <summary>Appends text.</summary>
    /// <param name="value">Null appends nothing.</param>
    public readonly void AppendFormatted(string? value) => AppendFormatted(value.AsSpan());

    /// <summary>Appends bytes as they are.</summary>
    /// <param name="value">UTF-8.</param>
    public readonly void AppendFormatted(ReadOnlySpan<byte> value)
    {
        try
        {
            _text.AppendUtf8(value);
        }
        catch
        {
            _text.Truncate(_start);
            throw;
        }
    }

    /// <summary>Appends a value.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">The value.</param>
    public readonly void AppendFormatted<T>(T value) => AppendFormatted(value, 0, null);

    /// <summary>Appends a value in a format.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="format">The format.</param>
    public readonly void AppendFormatted<T>(T value, string? format) => AppendFormatted(value, 0, format);

    /// <summary>Appends a value that may be null, without boxing it.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">Null appends nothing.</param>
    public readonly void AppendFormatted<T>(T? value)
        where T : struct => AppendFormatted(value, 0, null);

    /// <summary>Appends a value that may be null in a format, without boxing it.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">Null appends nothing.</param>
    /// <param name="format">The format.</param>
    public readonly void AppendFormatted<T>(T? value, string? format)
        where T : struct => AppendFormatted(value, 0, format);

    /// <summary>Appends a value that may be null, filled up with spaces, without boxing it.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">Null appends spaces alone.</param>
    /// <param name="alignment">
    /// The least number of characters; a negative number puts the spaces behind the value.
    /// </param>
    /// <param name="format">The format.</param>
    public readonly void AppendFormatted<T>(T? value, int alignment, string? format = null)
        where T : struct
    {
        if (value is { } some)
            AppendFormatted(some, alignment, format);
        else
            AppendFormatted("", alignment, null);
    }

    /// <summary>Appends a value, filled up with spaces.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="alignment">
    /// The least number of characters; a negative number puts the spaces behind the value.
    /// </param>
    /// <param name="format">The format.</param>
    public readonly void AppendFormatted<T>(T value, int alignment, string? format = null)
    {
        try
        {
            var start = _text.ByteCount;
            _text.AppendFormatted(value, format);
            if (alignment != 0)
                _text.Pad(start, alignment);
        }
        catch
        {
            _text.Truncate(_start);
            throw;
        }
    }
}
