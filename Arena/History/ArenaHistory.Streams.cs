namespace Arena;

// A frame in a stream, for an arena at the same address in the same program:
//
// | magic, version, page | first address, reserved | frame, checksum | allocators: kind, name, shape, handle ... |
// | fields as bytes | pages: number, 0 or 4,096 bytes ... | sum |
//
// All of it is read and compared with the arena before anything is changed. Then the present is kept, the frame shown,
// and its checksum taken; where that is another one, the present is shown again.
public sealed unsafe partial class ArenaHistory
{
    private const int MostStateBytes = 1 << 30;

    // The table of handles grows as far as a frame says, so a forged frame must not say much.
    private const int MostHandles = 1 << 20;

    /// <summary>
    /// Writes a frame to a stream: for a player who joins late, a saved game, or the moment before a crash.
    /// </summary>
    /// <param name="frame">A held frame.</param>
    /// <param name="stream">Is written to from its position on, and left open.</param>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The frame is not held.</exception>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public void WriteTo(long frame, Stream stream)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(stream);
        var index = IndexOf(frame);
        var saved = _frames[index];
        var writer = new FrameWriter(stream);
        writer.Write(FrameWriter.Magic);
        writer.Write((ulong)FrameWriter.Version);
        writer.Write((ulong)_arena.OsPageBytes);
        writer.Write((ulong)_arena.BaseAddress);
        writer.Write((ulong)_arena.ReservedBytes);
        writer.Write(_sums.TakesAddressesAsTheyAre ? 1ul : 0);
        writer.Write((ulong)frame);
        writer.Write(saved.Checksum);
        WriteOwners(writer, saved);
        writer.Write((ulong)saved.State.Saved.Length);
        writer.Write(saved.State.Saved);
        Seek(_count - 1, index);
        try
        {
            _pages.WriteTo(writer);
        }
        finally
        {
            Seek(index, _count - 1);
        }
        writer.Finish();
    }

    /// <summary>
    /// Takes the arena to a frame that <see cref="WriteTo"/> wrote, in this process or in another one. All frames that
    /// are held are dropped, and the frame that was read is held.
    /// </summary>
    /// <remarks>
    /// The arena has the <see cref="PageArena.BaseAddress"/> of the one that was written, the same reservation, and the
    /// same allocators, made in the same order; see <see cref="PageArenaOptions.BaseAddress"/>. A damaged stream is
    /// refused. A forged one can contain any pointer, so read only what you would run.
    /// </remarks>
    /// <param name="stream">Is read from its position on to the end of the frame, and left open.</param>
    /// <returns>The number of the frame.</returns>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="InvalidDataException">
    /// The stream holds no frame, or a damaged one; nothing was changed.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The frame is of another arena; the message says in what they differ. Nothing was changed.
    /// </exception>
    /// <exception cref="ArenaOutOfMemoryException">There is no memory for it; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public long ReadFrom(Stream stream)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(stream);
        using var incoming = Receive(stream);
        var watched = Watched(_arena.Allocators());
        // The allocators give their handles up and take those of the stream: no other one may take them in between.
        using (AllocatorTable.Hold())
        {
            CheckHandles(incoming.Frame);
            KeepPresent(Spare());
            Take(incoming);
        }
        HoldOnly(incoming, watched);
        return NewestFrame;
    }

    // Reads all of it, and changes nothing.
    private IncomingFrame Receive(Stream stream)
    {
        CheckAllCanGoBack(_arena);
        var incoming = new IncomingFrame(_pages);
        try
        {
            Read(new FrameReader(stream), incoming);
            lock (_arena.PagesLock)
                _pages.AddMissing(incoming.Frame.Changes, incoming.KnownPages);
            return incoming;
        }
        catch (OutOfMemoryException failure) when (failure is not ArenaOutOfMemoryException)
        {
            incoming.Dispose();
            throw NoMemoryToRead();
        }
        catch
        {
            incoming.Dispose();
            throw;
        }
    }

    private static void WriteOwners(FrameWriter writer, SavedFrame saved)
    {
        var owners = saved.Owners;
        writer.Write((ulong)owners.Count);
        for (var token = 1; token < owners.Count; token++)
        {
            var allocator = owners.At(token);
            writer.Write(allocator is null ? 0ul : 1);
            if (allocator is null)
                continue;
            writer.Write(allocator.Kind);
            writer.Write(allocator.Name);
            writer.Write(allocator.Shape);
            writer.Write(owners.RegistrationOf(token));
            var handle = saved.Handles[token];
            writer.Write((ulong)handle.Index);
            writer.Write((ulong)handle.Generation);
        }
        writer.Write(owners.FreeTokens.AsSpan(0, owners.FreeCount));
        writer.Write(owners.Registrations);
    }

    private void Read(FrameReader reader, IncomingFrame incoming)
    {
        if (reader.ReadNumber() != FrameWriter.Magic)
            throw FrameReader.Damaged("it begins otherwise");
        CheckSame("its format has version", reader.ReadNumber(), FrameWriter.Version);
        CheckSame("its pages have", reader.ReadNumber(), _arena.OsPageBytes);
        CheckSame(
            $"its first address ({nameof(PageArenaOptions.BaseAddress)}) is", reader.ReadNumber(), _arena.BaseAddress);
        CheckSame("the bytes it reserves are", reader.ReadNumber(), _arena.ReservedBytes);
        CheckSame(
            $"{nameof(ArenaHistoryOptions.ComparesAddresses)} is", reader.ReadNumber(),
            _sums.TakesAddressesAsTheyAre ? 1u : 0);
        incoming.Frame.Number = unchecked((long)reader.ReadNumber());
        incoming.Frame.Checksum = reader.ReadNumber();
        ReadOwners(reader, incoming.Frame);
        reader.Read(incoming.Frame.State.Receive(reader.ReadNumber("the bytes of fields", MostStateBytes)));
        incoming.KnownPages = _pages.ReadFrom(reader, incoming.Frame.Changes);
        reader.Finish();
        if (incoming.Frame.Number < 0)
            throw FrameReader.Damaged($"its frame is {incoming.Frame.Number}");
    }

    private void CheckSame(string what, ulong theirs, ulong own)
    {
        if (theirs != own)
            throw OfAnother($"{what} {theirs} (0x{theirs:x}), and {own} (0x{own:x}) here");
    }

    private InvalidOperationException OfAnother(string why) => new(
        $"The frame in the stream cannot be read into arena '{_arena.Name}': {why}. Nothing was changed.");

    private void ReadOwners(FrameReader reader, SavedFrame saved)
    {
        var present = new OwnerRegistry.Snapshot();
        _arena.SaveOwners(present);
        var owners = saved.Owners;
        owners.Resize(reader.ReadNumber("a number of allocators", Allocator.NoToken));
        saved.Handles = new AllocatorHandle[owners.Count];
        for (var token = 1; token < Math.Max(owners.Count, present.Count); token++)
        {
            var own = present.At(token);
            if (token >= owners.Count || reader.ReadNumber("whether there is an allocator", 1) == 0)
            {
                if (own is not null)
                    throw OfAnother($"it has no {own.Label}");
                continue;
            }
            var (kind, name, shape) = (reader.ReadText(), reader.ReadText(), reader.ReadText());
            if (own is null || (own.Kind, own.Name, own.Shape) != (kind, name, shape))
            {
                var here = own is null ? "nothing" : $"{own.Label} ({own.Shape})";
                throw OfAnother(
                    $"it has {kind} '{name}' ({shape}) where {here} is; make the same allocators in the same order");
            }
            owners.Set(token, own, reader.ReadNumber());
            var handle = new AllocatorHandle(
                (int)reader.ReadNumber("a handle", MostHandles), unchecked((uint)reader.ReadNumber()));
            CheckHandle(own, handle);
            saved.Handles[token] = handle;
        }
        var free = reader.ReadTokens(owners.Count);
        owners.SetFree(free, reader.ReadNumber());
        foreach (var token in free)
        {
            if (token == 0 || token >= owners.Count || owners.At(token) is not null)
                throw FrameReader.Damaged($"number {token} is no free one");
        }
    }

    private void CheckHandles(SavedFrame saved)
    {
        for (var token = 1; token < saved.Owners.Count; token++)
        {
            if (saved.Owners.At(token) is { } own)
                CheckHandle(own, saved.Handles[token]);
        }
    }

    private void CheckHandle(Allocator own, AllocatorHandle handle)
    {
        if (handle.IsNone || AllocatorTable.At(handle.Index) is not { } entry
            || (entry.Source is Allocator other && other.Arena == _arena))
            return;
        throw OfAnother(
            $"containers know {own.Label} by number {handle.Index}, and here that is {entry.Label}, which another "
            + "arena has; make containers in the same order, and dispose the other one");
    }

    // The present is kept in the list behind the newest frame. Whatever goes wrong, it is shown again.
    private void Take(IncomingFrame incoming)
    {
        var frame = incoming.Frame;
        var present = _frames[_count];
        _hasGone = true;
        _pages.Swap(frame.Changes);
        try
        {
            ShowRead(incoming);
        }
        catch (Exception failure)
        {
            _pages.Swap(frame.Changes);
            if (Open(present) is null)
                Show(present, isLook: false);
            _pages.Swap(_changes);
            _pages.Forget(_changes);
            if (failure is ArenaOutOfMemoryException or InvalidDataException or InvalidOperationException)
                throw;
            if (failure is OutOfMemoryException)
                throw NoMemoryToRead();
            throw FrameReader.Damaged($"what it says of allocators contradicts itself ({failure.Message})");
        }
    }

    // The frame that was read is the only one that is held.
    private void HoldOnly(IncomingFrame incoming, HashSet<LiveRange>? watched)
    {
        var frame = incoming.Frame;
        var failures = new Failures();
        Notify(watched, ref failures);
        Forget(0, _count);
        _pages.Forget(_changes);
        _pages.Forget(frame.Changes);
        _frames[0].Dispose();
        _frames[0] = frame;
        _count = 1;
        incoming.Keep();
        _arena.NotifyWentBack($"went to frame {frame.Number} of a stream");
        failures.Throw();
    }

    private void ShowRead(IncomingFrame incoming)
    {
        var frame = incoming.Frame;
        OpenRead(incoming);
        foreach (var allocator in _arena.Allocators())
            allocator.LoseHandle();
        Show(frame, isLook: false);
        CheckRead();
        lock (_arena.PagesLock)
        {
            _pages.TakeAllSums(_sums, frame.Owners);
            if (_pages.Total != frame.Checksum)
                throw FrameReader.Damaged("its checksum is not that of its contents");
        }
    }

    // A forged frame has right sums. An allocator that distinguishes tables of its own making from others says so
    // before anything walks them.
    private void CheckRead()
    {
        if (_arena.HeapNumbers.WhyContradictory() is { } why)
            throw FrameReader.Damaged(why);
        foreach (var allocator in _arena.Allocators())
        {
            if (allocator.WhyContradictory() is { } its)
                throw FrameReader.Damaged($"{allocator.Label}: {its}");
        }
    }

    // The arena gets the storage that the frame needs.
    private void OpenRead(IncomingFrame incoming)
    {
        var frame = incoming.Frame;
        lock (_arena.PagesLock)
        {
            var why = _arena.GrowTables(incoming.KnownPages) ?? _pages.WhyImpossible(_arena) ?? Open(frame);
            if (why is not null)
            {
                throw new ArenaOutOfMemoryException(
                    $"The history of arena '{_arena.Name}' cannot show frame {frame.Number}: {why}. Nothing was "
                    + "changed.", _arena.OsPageBytes);
            }
        }
    }

    private ArenaOutOfMemoryException NoMemoryToRead() => new(
        $"The history of arena '{_arena.Name}' cannot read a frame: the system has no memory for its pages. Nothing "
        + "was changed.", _arena.OsPageBytes);
}
