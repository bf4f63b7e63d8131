namespace Arena.Os;

/// <summary>The one contract between Arena and an operating system.</summary>
/// <remarks>
/// <para>
/// Every call has the same preconditions, and none checks them: an address is a multiple of <see cref="PageBytes"/>
/// inside one live reservation, a byte count is a non-zero multiple of it. Every call may come from any thread. A call
/// that fails returns the system's error and leaves the range as it was, except that a failed decommit may have lost
/// contents.
/// </para>
/// <para>
/// Storage and access are two things. Committed pages have both. Decommitted pages have no storage: resident memory
/// falls at once and the contents are lost, on every system. Their access differs. On Windows and macOS touching them
/// faults. On Linux (<see cref="DecommitKeepsAccess"/>) it does not, because a page that faults among pages that do not
/// takes two mappings, and a process that has used up its 65,530 cannot even start a thread: a decommitted page reads
/// as zero, and one that is written takes storage that is not counted. So nothing touches a page that is not committed,
/// and nothing assumes that a page committed before is zero. Where touching must fault on every system, as behind a
/// block, there is <see cref="Guard"/>.
/// </para>
/// </remarks>
internal abstract unsafe class VirtualMemory
{
    private static VirtualMemory? native;

    /// <summary>The running operating system's memory, loaded once.</summary>
    public static VirtualMemory Native => native ??= Load();

    /// <summary>Bytes of one page, a power of two of at least 4,096.</summary>
    public abstract nuint PageBytes { get; }

    /// <summary>The count of mappings; null where the system does not limit them.</summary>
    public virtual MappingCount? Mappings => null;

    /// <summary>True if decommitted pages stay accessible, and need no further commit to be used.</summary>
    public virtual bool DecommitKeepsAccess => false;

    /// <summary>
    /// True if a guard can overlay a page of any access, changes no mapping, and stays until <see cref="Unguard"/>. If
    /// false, a guarded page is one without access, and a commit ends it.
    /// </summary>
    public virtual bool GuardsOverlay => false;

    /// <summary>True if part of a reservation can be released.</summary>
    public virtual bool ReleasesParts => false;

    /// <summary>True if <see cref="CreateFile"/> works.</summary>
    public virtual bool HasFiles => false;

    /// <summary>Makes storage that can be shown at addresses of a reservation.</summary>
    /// <exception cref="PlatformNotSupportedException">The system is known to have none.</exception>
    public virtual OsError CreateFile(nuint byteCount, out StorageFile? file) =>
        throw new PlatformNotSupportedException(
            "This operating system cannot show one page of storage at several addresses.");

    /// <summary>The system for reservations that are tracked from their beginning on.</summary>
    public virtual VirtualMemory ForTracking => this;

    /// <summary>True if <see cref="TrackWrites"/> can work.</summary>
    public virtual bool TracksWrites => false;

    /// <summary>Begins to note which pages of one whole reservation are written.</summary>
    /// <exception cref="PlatformNotSupportedException">The system is known not to.</exception>
    public virtual OsError TrackWrites(void* address, nuint byteCount, out WriteTracker? tracker) =>
        throw new PlatformNotSupportedException("This operating system does not note which pages are written.");

    /// <summary>Reserves addresses without storage; touching them faults. The address is page-aligned.</summary>
    public abstract OsError Reserve(nuint byteCount, out void* address);

    /// <summary>Reserves addresses that begin at one of the caller's, or fails.</summary>
    public abstract OsError ReserveAt(void* address, nuint byteCount);

    /// <summary>Makes reserved pages readable and writable; those never committed before read as zero.</summary>
    public abstract OsError Commit(void* address, nuint byteCount);

    /// <summary>
    /// Gives the storage of committed pages back and keeps the addresses: the contents are lost, resident memory falls
    /// at once, and the pages must be committed before they are touched again.
    /// </summary>
    public abstract OsError Decommit(void* address, nuint byteCount);

    /// <summary>Gives the addresses of one whole reservation back, committed or not.</summary>
    public abstract OsError Release(void* address, nuint byteCount);

    /// <summary>Makes accesses to a committed page fault, and gives its storage back.</summary>
    public virtual OsError Guard(void* page) => Decommit(page, PageBytes);

    /// <summary>Ends the guards that overlay a range; those pages have no storage.</summary>
    public virtual OsError Unguard(void* address, nuint byteCount) => OsError.None;

    /// <summary>The bytes of a huge page that <see cref="AdviseHugePages"/> can request; 0 if it cannot.</summary>
    public abstract nuint HugePageBytes { get; }

    /// <summary>Requests huge pages in a committed range. This is advice, which the OS may ignore.</summary>
    public abstract OsError AdviseHugePages(void* address, nuint byteCount);

    /// <summary>
    /// Withdraws the advice for huge pages. A reservation starts without it: a huge page would give decommitted pages
    /// storage again.
    /// </summary>
    public virtual OsError AdviseSmallPages(void* address, nuint byteCount) => OsError.None;

    private static VirtualMemory Load()
    {
        if (OperatingSystem.IsWindows())
            return WindowsVirtualMemory.Load();
        if (OperatingSystem.IsMacOS())
            return PosixVirtualMemory.LoadMacOS();
        if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid())
            return PosixVirtualMemory.LoadLinux();
        throw new PlatformNotSupportedException(
            "Arena runs on Linux, macOS and Windows; this operating system is not supported.");
    }
}
