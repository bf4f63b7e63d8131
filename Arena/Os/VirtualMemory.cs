namespace Arena.Os;

/// <summary>
/// The one contract between Arena and an operating system.
/// </summary>
/// <remarks>
/// Preconditions, the same for every call and checked by none of them: an address is a multiple of
/// <see cref="PageBytes"/> inside one live reservation, a byte count is a non-zero multiple of it.
/// Every call may come from any thread. A call that fails changes nothing and says what the OS said.
/// </remarks>
internal abstract unsafe class VirtualMemory
{
    private static VirtualMemory? native;

    /// <summary>The running operating system's memory, loaded once.</summary>
    public static VirtualMemory Native => native ??= Load();

    /// <summary>Bytes of one page, a power of two of at least 4,096.</summary>
    public abstract nuint PageBytes { get; }

    /// <summary>Takes addresses, no storage; touching them faults. The address is page-aligned.</summary>
    public abstract OsError Reserve(nuint byteCount, out void* address);

    /// <summary>Makes reserved pages readable and writable; those that had no storage read as zero.</summary>
    public abstract OsError Commit(void* address, nuint byteCount);

    /// <summary>
    /// Gives the storage of committed pages back and keeps the addresses: the contents are lost, resident
    /// memory falls at once, and touching the pages faults until they are committed again.
    /// </summary>
    public abstract OsError Decommit(void* address, nuint byteCount);

    /// <summary>Gives the addresses of one whole reservation back, committed or not.</summary>
    public abstract OsError Release(void* address, nuint byteCount);

    /// <summary>Makes committed pages inaccessible, or accessible again; the contents stay.</summary>
    public abstract OsError Protect(void* address, nuint byteCount, bool accessible);

    /// <summary>Bytes of a huge page that <see cref="AdviseHugePages"/> can ask for; 0 where it cannot.</summary>
    public abstract nuint HugePageBytes { get; }

    /// <summary>Asks for huge pages in a committed range: advice, which the OS may ignore.</summary>
    public abstract OsError AdviseHugePages(void* address, nuint byteCount);

    private static VirtualMemory Load()
    {
        if (OperatingSystem.IsWindows())
            return WindowsVirtualMemory.Load();
        if (OperatingSystem.IsMacOS())
            return PosixVirtualMemory.LoadMacOS();
        if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid())
            return PosixVirtualMemory.LoadLinux();
        throw new PlatformNotSupportedException(
            "Arena runs on Linux, macOS and Windows; this operating system needs a VirtualMemory of its own.");
    }
}
