namespace Arena;

/// <summary>Where a history holds what pages contained.</summary>
internal unsafe interface IPageImages
{
    /// <summary>The contents of the page at an address; null where all of them are zero, or nothing is held.</summary>
    byte* ImageOf(byte* page);
}
