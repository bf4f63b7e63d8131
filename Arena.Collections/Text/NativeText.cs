using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Arena.Collections;

/// <summary>
/// Text that is put together as UTF-8 in an allocator, without garbage: <c>text.Append($"{hits} hits")</c>. A struct to
/// be passed by ref; a copy is stale once the original was disposed or has grown.
/// </summary>
/// <remarks>
/// <para>
/// <c>default</c> is empty and readable; whatever needs memory throws an <see cref="InvalidOperationException"/> then.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves the text as it was.
/// </para>
/// <para>
/// UTF-16 that is no text (a lone surrogate) becomes U+FFFD. Bytes are taken as they are, and where they are no UTF-8
/// they read as U+FFFD. Numbers are formatted for the invariant culture unless another one is given. For one thread at
/// a time, and no more than its allocator allows.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var title = new NativeText(heap);
/// title.Append($"score {1200:N0}");                   // no string is made
/// Console.WriteLine(title.ToString());
/// </code>
/// </example>
[DebuggerDisplay("{ToString(),nq}")]
public struct NativeText : IDisposable, ISpanFormattable, IUtf8SpanFormattable
{
    // Room for a formatted value that is tried first.
    private const int FirstRoom = 32;
    private const int MostBytesPerChar = 3;

    private NativeList<byte> _bytes;

    /// <summary>An empty text.</summary>
    /// <param name="allocator">Where it lives: a heap, a buddy or frame allocator, or one of your own.</param>
    /// <param name="capacity">Bytes that it takes memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeText(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _bytes = new NativeList<byte>(allocator, capacity, file, line, member);

    /// <summary>A copy of a text, in as many bytes as it needs.</summary>
    /// <param name="allocator">Where it lives: a heap, a buddy or frame allocator, or one of your own.</param>
    /// <param name="text">A string, or a part of one.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeText(
        AllocatorHandle allocator, ReadOnlySpan<char> text,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        _bytes = new NativeList<byte>(allocator, Encoding.UTF8.GetByteCount(text), file, line, member);
        Append(text);
    }

    /// <summary>The text's bytes, until it grows or is disposed.</summary>
    public readonly ReadOnlySpan<byte> Utf8 => _bytes.AsSpan();

    /// <summary>Bytes of the text.</summary>
    public readonly int ByteCount => _bytes.Count;

    /// <summary>Bytes that it has memory for.</summary>
    public readonly int Capacity => _bytes.Capacity;

    /// <summary>Appends text.</summary>
    /// <param name="text">A string, or a part of one.</param>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void Append(ReadOnlySpan<char> text)
    {
        var room = _bytes.Reserve(text.Length);
        if (room.Length / MostBytesPerChar < text.Length)
            room = _bytes.Reserve(Encoding.UTF8.GetByteCount(text));
        System.Text.Unicode.Utf8.FromUtf16(text, room, out _, out var written, replaceInvalidSequences: true);
        _bytes.Advance(written);
    }

    /// <summary>Appends a character.</summary>
    /// <param name="character">Half of a surrogate pair becomes U+FFFD.</param>
    /// <inheritdoc cref="Append(ReadOnlySpan{char})"/>
    public void Append(char character) => Append(new ReadOnlySpan<char>(in character));

    /// <summary>Appends an interpolated string, each part straight to the text: <c>$"{hits} hits"</c>.</summary>
    /// <param name="text">What the compiler makes of the string; it has been appended already.</param>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
#pragma warning disable CA1822 // The compiler hands the instance to the interpolation, which has appended by then.
    public void Append([InterpolatedStringHandlerArgument("")] ref TextInterpolation text) => _ = text;
#pragma warning restore CA1822

    /// <summary>Appends bytes as they are.</summary>
    /// <param name="bytes">UTF-8; may be a part of the text.</param>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void AppendUtf8(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>Appends a value as it formats itself: without garbage where it can write to a span.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">A null appends nothing.</param>
    /// <param name="format">As of an interpolated string.</param>
    /// <param name="provider">Null formats for the invariant culture.</param>
    /// <exception cref="FormatException">The value does not know the format.</exception>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    // Optimized from the first call on: code that is not boxes structs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AppendFormatted<T>(T value, ReadOnlySpan<char> format = default, IFormatProvider? provider = null)
    {
        provider ??= CultureInfo.InvariantCulture;
        // May be this text itself, which then moves when it grows.
        if (typeof(T) == typeof(NativeText))
            AppendUtf8(Unsafe.As<T, NativeText>(ref value).Utf8);
        else if (value is IUtf8SpanFormattable)
            AppendUtf8Formattable(value, format, provider);
        else if (value is ISpanFormattable)
            AppendSpanFormattable(value, format, provider);
        else if (value is IFormattable)
            Append(((IFormattable)value).ToString(format.IsEmpty ? null : format.ToString(), provider));
        else
            Append(value?.ToString());
    }

    /// <summary>Removes everything; the capacity stays.</summary>
    public void Clear() => _bytes.Clear();

    /// <summary>Takes memory for that many bytes where there is less.</summary>
    /// <inheritdoc cref="NativeList{T}.EnsureCapacity"/>
    public int EnsureCapacity(int capacity) => _bytes.EnsureCapacity(capacity);

    /// <summary>A string with the same text.</summary>
    public override readonly string ToString() => Encoding.UTF8.GetString(Utf8);

    /// <inheritdoc/>
    readonly string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text as UTF-16, or returns false where there is too little room.</summary>
    /// <param name="destination">Where it is written to.</param>
    /// <param name="charsWritten">Characters written.</param>
    /// <param name="format">Not used.</param>
    /// <param name="provider">Not used.</param>
    public readonly bool TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format = default,
        IFormatProvider? provider = null)
    {
        var status = System.Text.Unicode.Utf8.ToUtf16(
            Utf8, destination, out _, out charsWritten, replaceInvalidSequences: true);
        charsWritten = status == OperationStatus.Done ? charsWritten : 0;
        return status == OperationStatus.Done;
    }

    /// <summary>Writes the text's bytes, or returns false where there is too little room.</summary>
    /// <param name="utf8Destination">Where they are written to.</param>
    /// <param name="bytesWritten">Bytes written.</param>
    /// <param name="format">Not used.</param>
    /// <param name="provider">Not used.</param>
    public readonly bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format = default,
        IFormatProvider? provider = null)
    {
        var fits = Utf8.TryCopyTo(utf8Destination);
        bytesWritten = fits ? ByteCount : 0;
        return fits;
    }

    /// <summary>Frees its memory. It is default thereafter; frame memory dies with its frame.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">A copy of it was disposed or has grown; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Dispose(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _bytes.Dispose(file, line, member);

    void IDisposable.Dispose() => Dispose("", 0, nameof(Dispose));

    internal void Truncate(int byteCount) => _bytes.Truncate(byteCount);

    /// <summary>Fills what was appended from a byte on up with spaces, in front of it or behind it.</summary>
    internal void Pad(int start, int alignment)
    {
        var characters = Encoding.UTF8.GetCharCount(Utf8[start..]);
        var spaces = Math.Abs((long)alignment) - characters;
        if (spaces <= 0)
            return;
        var room = _bytes.Reserve((int)Math.Min(spaces, int.MaxValue));
        var added = _bytes.Count - start;
        _bytes.Advance((int)spaces);
        var bytes = _bytes.AsSpan()[start..];
        if (alignment > 0)
        {
            bytes[..added].CopyTo(bytes[(int)spaces..]);
            bytes[..(int)spaces].Fill((byte)' ');
        }
        else
        {
            room[..(int)spaces].Fill((byte)' ');
        }
    }

    // Cast where it is called, which does not box a struct.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AppendUtf8Formattable<T>(T value, ReadOnlySpan<char> format, IFormatProvider provider)
    {
        var room = _bytes.Reserve(FirstRoom);
        int written;
        while (!((IUtf8SpanFormattable)value!).TryFormat(room, out written, format, provider))
            room = _bytes.Reserve(checked(2 * room.Length));
        _bytes.Advance(written);
    }

    // Through characters on the stack, or rented ones where these are too few.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AppendSpanFormattable<T>(T value, ReadOnlySpan<char> format, IFormatProvider provider)
    {
        Span<char> characters = stackalloc char[256];
        if (((ISpanFormattable)value!).TryFormat(characters, out var written, format, provider))
        {
            Append(characters[..written]);
            return;
        }
        var rented = ArrayPool<char>.Shared.Rent(4 * characters.Length);
        try
        {
            while (!((ISpanFormattable)value).TryFormat(rented, out written, format, provider))
            {
                var length = checked(2 * rented.Length);
                ArrayPool<char>.Shared.Return(rented);
                rented = ArrayPool<char>.Shared.Rent(length);
            }
            Append(rented.AsSpan(0, written));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }
}
