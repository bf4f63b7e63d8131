namespace Arena;

/// <summary>
/// The outlines that a history holds beside the contents of pages: numbers that say which bytes of a page belong to
/// live allocations. Where the outline or the contents change, the page's part of the checksum is taken again; so an
/// allocator is to give outlines only where something may have changed, and need not walk over what lives.
/// </summary>
internal unsafe interface ILiveOutlines
{
    /// <summary>Bytes of a page.</summary>
    nuint PageBytes { get; }

    /// <summary>Returns whether memory, such as an allocator's table, may have changed since the last save.</summary>
    bool MayDiffer(void* from, void* end);

    /// <summary>Gives the outline of the page at an address.</summary>
    /// <returns>True if it is another one than before.</returns>
    bool Set(void* page, ulong outline);

    /// <summary>Pages are other than before, whatever their outline.</summary>
    void Touch(void* from, void* end);
}
