namespace Arena;

/// <summary>The contents of pages that a history holds.</summary>
internal unsafe interface IPageImages
{
    /// <summary>
    /// Returns the contents of the page at an address; null if all bytes are zero, or nothing is held.
    /// </summary>
    byte* ImageOf(byte* page);
}
