namespace Arena.Os;

/// <summary>
/// Storage without addresses of its own: any page of it can be shown at any address of a reservation, and at several at
/// a time. Offsets, addresses and byte counts are multiples of a page.
/// </summary>
/// <remarks>
/// A page that was never written, or that was given back, takes no storage and reads as zero. A call that fails returns
/// the system's error and leaves everything as it was.
/// </remarks>
internal abstract unsafe class StorageFile
{
    /// <summary>
    /// Shows storage at addresses in place of other storage; readable and writable, or not accessible.
    /// </summary>
    public abstract OsError Show(nuint offset, void* address, nuint byteCount, bool isAccessible);

    /// <summary>Gives storage back to the system at once: it reads as zero, wherever it is shown.</summary>
    public abstract OsError GiveBack(nuint offset, nuint byteCount);

    /// <summary>Copies bytes into storage, wherever it is shown, if anywhere.</summary>
    public abstract OsError Write(nuint offset, void* source, nuint byteCount);

    /// <summary>Measures the bytes of storage that it takes now.</summary>
    public abstract OsError Measure(out nuint byteCount);

    /// <summary>Closes the file; its storage goes when no address shows it any more.</summary>
    public abstract void Close();
}
