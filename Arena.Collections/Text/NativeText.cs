using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Arena.Collections;

/// <summary>
/// Builds text as UTF-8 in the memory of an allocator, without garbage: <c>text.Append($"{hits} hits")</c>. It is a
/// struct; pass it by ref. A copy is stale once the original was disposed or has grown.
/// </summary>
/// <remarks>
/// <para>
/// <c>default</c> is empty and readable; calls that need memory throw an <see cref="InvalidOperationException"/>.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves the text as it was.
/// </para>
/// <para>
/// Invalid UTF-16 (a lone surrogate) becomes U+FFFD. Bytes are taken as they are; invalid UTF-8 reads as U+FFFD.
/// Numbers are formatted for the invariant culture unless another one is given. A text is for one thread at a time,
/// within the thread rules of its allocator.
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
    // The room for a formatted value that is tried first.
    private const int FirstRoom = 32;
    private const int MostBytesPerChar = 3;

    private NativeList<byte> _bytes;

    /// <summary>Makes an empty text.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="capacity">The number of bytes to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeText(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _bytes = new NativeList<byte>(allocator, capacity, file, line, member);

    /// <summary>Makes a copy of a text, in exactly the bytes that it needs.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="text">A string, or a part of one.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeText(
        AllocatorHandle allocator, ReadOnlySpan<char> text,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        _bytes = new NativeList<byte>(allocator, Encoding.UTF8.GetByteCount(text), file, line, member);
        Append(text);
    }

    /// <summary>The text's bytes, valid until it grows or is disposed.</summary>
    public readonly ReadOnlySpan<byte> Utf8 => _bytes.AsSpan();

    /// <summary>The number of bytes.</summary>
    public readonly int ByteCount => _bytes.Count;

    /// <summary>The number of bytes that it has memory for.</summary>
    public readonly int Capacity => _bytes.Capacity;

    /// <summary>Appends text.</summary>
    /// <param name="text">A string, or a part of one.</param>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
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
    /// <param name="text">The compiler's form of the string, which has been appended already.</param>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
#pragma warning disable CA1822 // The compiler hands the instance to the interpolation, which has appended by then.
    public void Append([InterpolatedStringHandlerArgument("")] ref TextInterpolation text) => _ = text;
#pragma warning restore CA1822

    /// <summary>Appends bytes as they are.</summary>
    /// <param name="bytes">The bytes, as UTF-8; they may be a part of the text.</param>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public void AppendUtf8(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>Appends a value as it formats itself, without garbage if it can write to a span.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">The value; null appends nothing.</param>
    /// <param name="format">The format, as in an interpolated string.</param>
    /// <param name="provider">The culture; null is the invariant culture.</param>
    /// <exception cref="FormatException">The value does not know the format.</exception>
    /// <exception cref="InvalidOperationException">The text has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    // This is optimized from the first call on, because unoptimized code boxes structs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AppendFormatted<T>(T value, ReadOnlySpan<char> format = default, IFormatProvider? provider = null)
    {
        provider ??= CultureInfo.InvariantCulture;
        // The value may be this text itself, which moves when it grows.
        if (typeof(T) == typeof(NativeText))
            AppendUtf8(Unsafe.As<T, NativeText>(ref value).Utf8);
        else if (typeof(T).IsEnum)
            AppendEnum(value, format);
        else if (value is IUtf8SpanFormattable)
            AppendUtf8Formattable(value, format, provider);
        else if (value is ISpanFormattable)
            AppendSpanFormattable(value, format, provider);
        else if (value is IFormattable)
            Append(((IFormattable)value).ToString(format.IsEmpty ? null : format.ToString(), provider));
        else
            Append(value?.ToString());
    }

    /// <summary>Appends a value that may be null, without boxing it; null appends nothing.</summary>
    /// <inheritdoc cref="AppendFormatted{T}(T, ReadOnlySpan{char}, IFormatProvider?)"/>
    public void AppendFormatted<T>(T? value, ReadOnlySpan<char> format = default, IFormatProvider? provider = null)
        where T : struct
    {
        if (value is { } some)
            AppendFormatted(some, format, provider);
    }

    /// <summary>Removes everything, and keeps the capacity.</summary>
    public void Clear() => _bytes.Clear();

    /// <summary>Takes memory for this many bytes, if there is memory for fewer.</summary>
    /// <inheritdoc cref="NativeList{T}.EnsureCapacity"/>
    public int EnsureCapacity(int capacity) => _bytes.EnsureCapacity(capacity);

    /// <summary>Returns a string with the same text.</summary>
    public override readonly string ToString() => Encoding.UTF8.GetString(Utf8);

    /// <inheritdoc/>
    readonly string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text as UTF-16, or returns false if there is too little room.</summary>
    /// <param name="destination">The room to write to.</param>
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

    /// <summary>Writes the text's bytes, or returns false if there is too little room.</summary>
    /// <param name="utf8Destination">The room to write to.</param>
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

    /// <summary>Frees the memory, and makes this a default value; frame memory dies with its frame.</summary>
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

    /// <summary>Pads the text from a byte on with spaces, in front of it or behind it.</summary>
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

    // The cast is made at the call, which does not box a struct.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AppendUtf8Formattable<T>(T value, ReadOnlySpan<char> format, IFormatProvider provider)
    {
        var room = _bytes.Reserve(FirstRoom);
        int written;
        while (!((IUtf8SpanFormattable)value!).TryFormat(room, out written, format, provider))
            room = _bytes.Reserve(checked(2 * room.Length));
        _bytes.Advance(written);
    }

    // An enum is boxed by its own interface, but not by the runtime's interpolation.
    private void AppendEnum<T>(T value, ReadOnlySpan<char> format)
    {
        var name = format switch
        {
            "" => null,
            "G" or "g" => "G",
            "D" or "d" => "D",
            "X" or "x" => "X",
            "F" or "f" => "F",
            _ => format.ToString(), // the runtime refuses it
        };
        Span<char> characters = stackalloc char[256];
        var text = new MemoryExtensions.TryWriteInterpolatedStringHandler(0, 1, characters, out _);
        if (text.AppendFormatted(value, name) && characters.TryWrite(ref text, out var written))
            Append(characters[..written]);
        else
            Append(((IFormattable)value!).ToString(name, null)); // names of flags that are longer
    }

    // Appends through characters on the stack, or rented ones if these are too few.
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
