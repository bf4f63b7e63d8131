namespace Arena.Os;

/// <summary>
/// A system's memory in which one range shows a <see cref="StorageFile"/>: its storage goes back to the file. Other
/// ranges, such as an arena's tables, are ordinary.
/// </summary>
internal sealed unsafe class FileBackedMemory(
    VirtualMemory memory, StorageFile file, byte* firstPage, nuint byteCount) : VirtualMemory
{
    public override nuint PageBytes => memory.PageBytes;

    public override MappingCount? Mappings => memory.Mappings;

    public override bool DecommitKeepsAccess => true;

    public override bool ReleasesParts => memory.ReleasesParts;

    public override nuint HugePageBytes => 0;

    /// <summary>The storage of the range.</summary>
    public StorageFile File => file;

    public override OsError Reserve(nuint byteCount, out void* address) => memory.Reserve(byteCount, out address);

    public override OsError ReserveAt(void* address, nuint byteCount) => memory.ReserveAt(address, byteCount);

    public override OsError Commit(void* address, nuint byteCount) => memory.Commit(address, byteCount);

    public override OsError Decommit(void* address, nuint byteCount) => IsInFile(address, out var offset)
        ? file.GiveBack(offset, byteCount)
        : memory.Decommit(address, byteCount);

    // The file is closed first: its storage goes with the last mapping.
    public override OsError Release(void* address, nuint byteCount)
    {
        file.Close();
        return memory.Release(address, byteCount);
    }

    public override OsError AdviseHugePages(void* address, nuint byteCount) => OsError.None;

    private bool IsInFile(void* address, out nuint offset)
    {
        offset = unchecked((nuint)address - (nuint)firstPage);
        return offset < byteCount;
    }
}
