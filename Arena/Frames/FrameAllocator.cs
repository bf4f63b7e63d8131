using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// Allocates memory that dies together at the end of a frame. An allocation aligns a position, compares and moves it
/// ("bump"). Nothing is freed singly: the position is rewound to a mark, or starts again with the next frame.
/// </summary>
/// <remarks>
/// <para>
/// With N buffers, the allocations of a frame stay valid until <see cref="NextFrame"/> was called N times: a renderer
/// can read the last frame while the next one is written.
/// </para>
/// <para>
/// A frame that outgrows its buffer takes further chunks from the arena, each at least as large as all before; nothing
/// moves. When the buffer comes round again it becomes one chunk that holds the largest of the recent frames (the last
/// 64 to 128) and a quarter more, so that a steady loop never calls the arena. A chunk more than four times as large as
/// that goes back to the arena for a smaller one, but never below the initial size.
/// </para>
/// <para>
/// The allocator is for one thread. Memory is as it was left, not zeroed. Frame allocations die together and are
/// cheaper than a notification: observers are not notified of them, and Dispose reports no leaks.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var frame = new FrameAllocator(arena);
/// var visible = frame.AllocateSpan&lt;int&gt;(1000);        // valid until the frame ends
/// frame.NextFrame();
/// </code>
/// </example>
public sealed unsafe partial class FrameAllocator : Allocator
{
    private const nuint DefaultAlignment = 16;
    private const nuint DefaultByteCount = (64 << 10) - FrameChunk.HeaderBytes;

    // Chunks begin and end on a page of the OS, which is never smaller than this: an alignment up to it cannot round a
    // position beyond the chunk's end.
    private const nuint PageAlignment = 4096;

    private const nuint ShrinkFactor = 4;

    private readonly FrameChunk*[] _firstChunks;
    private readonly WorkerFrames? _workers;
    private readonly nuint _initialBytes;
    private FrameChunk* _chunk;

    // See FrameAllocator.Position.cs. They come early in the object, so that the fast path's offsets are short.
    private nuint _position;
    private nuint _origin;
    private nuint _limit;
    private ulong _frame;
    private int _buffer;
    private nuint _framePeakBytes;
    private nuint _peakBytes;
    private RecentPeak _recentBytes;
    private RecentPeak _recentAlignment;

    /// <summary>Makes frame memory on an arena.</summary>
    /// <param name="arena">The arena that lends the chunks.</param>
    /// <param name="byteCount">The bytes that a frame can use before it must grow; 0 takes about 64 KiB.</param>
    /// <param name="buffers">The number of frames that are valid at a time, the present one included.</param>
    /// <param name="name">The name shown in errors.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="buffers"/> is less than 1.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The arena cannot lend the buffers.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public FrameAllocator(PageArena arena, nuint byteCount = default, int buffers = 1, string name = "frames")
        : this(arena, byteCount, buffers, name, null, out var why)
    {
        if (why is not null)
            DisposeAndThrow(why);
    }

    /// <summary>
    /// Makes frame memory, or sets why the arena cannot lend the buffers. Then the caller ends it by
    /// <see cref="DisposeAndThrow"/>, which notifies observers.
    /// </summary>
    /// <param name="arena">The arena that lends the chunks.</param>
    /// <param name="byteCount">The bytes that a frame can use before it must grow; 0 takes about 64 KiB.</param>
    /// <param name="buffers">The number of frames that are valid at a time, the present one included.</param>
    /// <param name="name">The name shown in errors.</param>
    /// <param name="workers">Those whose part for one thread it is; null for none.</param>
    /// <param name="why">Null, or the reason why the arena cannot lend the buffers.</param>
    internal FrameAllocator(
        PageArena arena, nuint byteCount, int buffers, string name, WorkerFrames? workers, out string? why)
        : base(arena, name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffers, 1);
        _workers = workers;
        _firstChunks = new FrameChunk*[buffers];
        _initialBytes = byteCount == 0 ? DefaultByteCount : byteCount;
        using var making = Register();
        why = LendBuffers();
        if (why is not null)
            return;
        EnterFirst();
        SetMade();
    }

    /// <inheritdoc/>
    public override string Kind => "frame allocator";

    /// <summary>The number of frames that are valid at a time, the present one included.</summary>
    public int Buffers => _firstChunks.Length;

    /// <summary>
    /// Bytes allocated in the present frame, padding for alignment included; 0 once disposed. Any thread may read it,
    /// and gets a value that was true at a moment of the call.
    /// </summary>
    public nuint UsedBytes
    {
        get
        {
            var spin = new SpinWait();
            while (true)
            {
                var moves = Volatile.Read(ref _moves);
                var used = unchecked(Volatile.Read(ref _position) - Volatile.Read(ref _origin));
                if ((moves & 1) == 0 && moves == Volatile.Read(ref _moves))
                    return used;
                spin.SpinOnce();
            }
        }
    }

    /// <summary>The peak of <see cref="UsedBytes"/>. Any thread may read it.</summary>
    public nuint PeakUsedBytes
    {
        get
        {
            // The order matters: a frame that ends meanwhile has put its peak into the other field before the next one
            // starts.
            var ofFrame = FramePeakBytes;
            return Math.Max(Volatile.Read(ref _peakBytes), ofFrame);
        }
    }

    private nuint FramePeakBytes
    {
        get
        {
            var used = UsedBytes;
            return Math.Max(Volatile.Read(ref _framePeakBytes), used);
        }
    }

    /// <summary>Allocates from the present frame.</summary>
    /// <param name="byteCount">Bytes; an allocation of 0 may share its address with others.</param>
    /// <param name="alignment">A power of two; 0 takes 16.</param>
    /// <returns>The memory, as it was left, which is valid until the frame's buffer is used again.</returns>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The frame had to grow, and the arena has no memory for it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Allocate(nuint byteCount, nuint alignment = DefaultAlignment) =>
        TryBump(byteCount, alignment, out var address) ? address : AllocateOrThrow(byteCount, alignment);

    /// <summary>
    /// Allocates from the present frame, or returns false if the frame has to grow and the arena has no memory for it.
    /// </summary>
    /// <param name="byteCount">Bytes.</param>
    /// <param name="alignment">A power of two; 0 takes 16.</param>
    /// <param name="address">The memory, or null.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocate(nuint byteCount, nuint alignment, out void* address) =>
        TryBump(byteCount, alignment, out address) || AllocateSlowly(byteCount, alignment, out address) is null;

    /// <summary>
    /// Allocates one value, aligned to 16 bytes, or to the larger alignment of <typeparamref name="T"/>.
    /// </summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The frame had to grow, and the arena has no memory for it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Allocate<T>()
        where T : unmanaged => (T*)Allocate((nuint)sizeof(T), NaturalAlignment.AtLeast16<T>());

    /// <summary>Allocates values in a row, aligned as <see cref="Allocate{T}"/> does.</summary>
    /// <typeparam name="T">The values' type.</typeparam>
    /// <param name="count">Values; 0 gives an empty span.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The frame had to grow, and the arena has no memory for it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> AllocateSpan<T>(int count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new Span<T>(Allocate((nuint)count * (nuint)sizeof(T), NaturalAlignment.AtLeast16<T>()), count);
    }

    /// <summary>Returns the present position, to rewind to within this frame.</summary>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public FrameMark Mark()
    {
        ThrowIfDisposed();
        return new FrameMark(this, _frame, _chunk, Position);
    }

    /// <summary>Frees everything that was allocated after a mark.</summary>
    /// <param name="mark">A mark of this allocator and this frame, not above the present position.</param>
    /// <exception cref="InvalidOperationException">The mark is not such a mark; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public void Rewind(FrameMark mark)
    {
        using var call = CallIfClosed();
        ThrowIfDisposed();
        var chunk = (FrameChunk*)mark.Chunk;
        if (mark.Owner != this)
            ThrowBadMark(mark.Owner is null ? "it is the default" : $"it belongs to {mark.Owner.Label}");
        if (mark.Frame != _frame)
            ThrowBadMark($"it was taken in frame {mark.Frame} and this is frame {_frame}");
        if (!IsInUse(chunk) || mark.Position > (chunk == _chunk ? Position : chunk->Left))
            ThrowBadMark("the frame was rewound below it");
        _framePeakBytes = FramePeakBytes;
        if (Arena.GuardOfAll is { Options.Poison: true })
            FillFrom(chunk, mark.Position);
        Enter(chunk, chunk->UsedBefore, mark.Position);
    }

    /// <summary>Returns a scope that rewinds to the present position at the end of a <c>using</c>.</summary>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public FrameScope Scope() => new(Mark());

    /// <summary>
    /// Ends the frame. The next one takes over the oldest buffer: memory that was allocated <see cref="Buffers"/>
    /// frames ago is gone.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public void NextFrame()
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        _recentBytes.Add(FramePeakBytes);
        _peakBytes = Math.Max(_peakBytes, FramePeakBytes);
        _frame++;
        _buffer = _buffer + 1 == _firstChunks.Length ? 0 : _buffer + 1;
        if (Arena.GuardOfAll is { } guard)
            BeginGuardedFrame(guard);
        FitToRecentFrames();
        EnterFirst();
        Volatile.Write(ref _framePeakBytes, 0);
        _recentBytes.EndFrame(_frame);
        _recentAlignment.EndFrame(_frame);
    }

    /// <summary>Name and sizes.</summary>
    public override string ToString() => $"{Label}: {UsedBytes} bytes used in frame {_frame}, {PeakUsedBytes} at most";

    internal override void ObserversChanged()
    {
        _guard.ChecksAll = ChecksThreads;
        Reopen();
    }

    internal override void Undo(void* address, nuint byteCount) =>
        throw new UnreachableException("Observers are not notified of single frame allocations.");

    internal override bool NotifiesAllocations => false;

    internal override LiveTotals CountLive() => new(0, UsedBytes);

    internal override LeakNotice? FindLeaks() => null;

    // The part of a chunk that the present frame uses is shown as one run: single allocations are not known.
    internal override void Walk(IMemoryVisitor visitor)
    {
        ThrowIfDisposed();
        foreach (var first in _firstChunks)
        {
            for (var chunk = first; chunk != null; chunk = chunk->Next)
            {
                var start = FrameChunk.FirstAddress(chunk);
                var end = EndOfUse(chunk);
                visitor.Block(new BlockPicture((nuint)chunk, chunk->ByteCount, FrameChunk.End(chunk) - start, 0));
                if (end > start)
                    visitor.Live(start, end - start);
            }
        }
    }

    private nuint EndOfUse(FrameChunk* chunk) =>
        !IsInUse(chunk) ? FrameChunk.FirstAddress(chunk) : chunk == _chunk ? Position : chunk->Left;

    internal override void Close()
    {
        _chunk = null;
        Set(default);
        foreach (var first in _firstChunks)
        {
            if (Arena.GuardOfAll is { Options.Poison: true })
                Fill(first);
            GiveBackFrom(first);
        }
        Array.Clear(_firstChunks);
        _workers?.PartClosed(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryBump(nuint byteCount, nuint alignment, out void* address)
    {
        if (BitOperations.IsPow2(alignment) && alignment <= PageAlignment)
        {
            // The next allocation depends only on the position. If the size is a multiple of the alignment, as it
            // usually is, the sum is rounded, which takes one step less than rounding the start and adding.
            var start = unchecked(_position + (alignment - 1)) & ~(alignment - 1);
            if (byteCount < unchecked(_limit - start))
            {
                _position = (byteCount & (alignment - 1)) == 0
                    ? unchecked(_position + (alignment - 1) + byteCount) & ~(alignment - 1)
                    : start + byteCount;
                address = (void*)start;
                return true;
            }
        }
        address = null;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateOrThrow(nuint byteCount, nuint alignment)
    {
        var why = AllocateSlowly(byteCount, alignment, out var address);
        if (why is not null)
            Throw.OutOfMemory(this, byteCount, why);
        return address;
    }

    // Allocates if the allocator is closed, the alignment is large, or the chunk is full. Returns null, or why it
    // cannot.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private string? AllocateSlowly(nuint byteCount, nuint alignment, out void* address)
    {
        using var call = new ThreadCall(this);
        ThrowIfDisposed();
        alignment = alignment == 0 ? DefaultAlignment : alignment;
        if (!BitOperations.IsPow2(alignment))
            Align.ThrowInvalid(alignment);
        address = null;
        if (byteCount > Arena.ReservedBytes || alignment > Arena.ReservedBytes)
            return "the arena's reservation is smaller";
        _recentAlignment.Add(alignment);
        if (!FrameChunk.Fits(_chunk, Position, byteCount, alignment))
        {
            var next = _chunk->Next;
            if (next == null || !FrameChunk.Fits(next, FrameChunk.FirstAddress(next), byteCount, alignment))
            {
                var why = InsertChunk(byteCount + alignment);
                if (why is not null)
                    return why;
                next = _chunk->Next;
            }
            _chunk->Left = Position;
            Enter(next, FrameChunk.UsedUpTo(_chunk, Position), FrameChunk.FirstAddress(next));
        }
        var start = Align.Up(Position, alignment);
        MoveTo(start + byteCount);
        address = (void*)start;
        return null;
    }

    /// <summary>Ends an allocator whose buffers could not be lent.</summary>
    [DoesNotReturn]
    internal void DisposeAndThrow(string why)
    {
        var lent = 0;
        while (_firstChunks[lent] != null)
            lent++;
        Dispose();
        Throw.OutOfMemory(this, _initialBytes, why, where: $"buffer {lent + 1} of {Buffers}: ");
    }

    [DoesNotReturn]
    private void ThrowBadMark(string why) =>
        throw new InvalidOperationException($"{Label} in arena '{Arena.Name}' cannot rewind to that mark: {why}.");
}
