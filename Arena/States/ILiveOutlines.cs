namespace Arena;

/// <summary>
/// What a history holds of each page beside its contents: an outline, a number that says which bytes of the page belong
/// to live allocations. Where the outline or the contents change, the page's part of the checksum is taken again; so an
/// allocator is to give outlines only where something may have changed, and need not walk over what lives.
/// </summary>
internal unsafe interface ILiveOutlines
{
    /// <summary>Bytes of a page.</summary>
    nuint PageBytes { get; }

    /// <summary>Whether memory may be other than at the last save: any of an allocator's tables, for example.</summary>
    bool MayDiffer(void* from, void* end);

    /// <summary>Gives the outline of the page at an address.</summary>
    /// <returns>Whether it is another one than before.</returns>
    bool Set(void* page, ulong outline);

    /// <summary>Pages are other than before, whatever their outline.</summary>
    void Touch(void* from, void* end);
}
