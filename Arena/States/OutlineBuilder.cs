namespace Arena;

/// <summary>
/// Makes the outlines of one block's pages from what lives there, which comes in address order.
/// </summary>
internal unsafe ref struct OutlineBuilder(ILiveOutlines outlines, nuint block, nuint byteCount)
{
    private readonly nuint _end = block + byteCount;
    private nuint _page = block;
    private ulong _outline;

    public void Add(nuint address, nuint byteCount)
    {
        for (var end = address + byteCount; address < end;)
        {
            while (address >= _page + outlines.PageBytes)
                EndPage();
            var pieceEnd = nuint.Min(end, _page + outlines.PageBytes);
            _outline = Outline.With(_outline, (ulong)(address - _page) << 32 | (pieceEnd - address));
            address = pieceEnd;
        }
    }

    /// <summary>Gives the outlines of the page that was begun, and of all behind it.</summary>
    public void Finish()
    {
        while (_page < _end)
            EndPage();
    }

    private void EndPage()
    {
        outlines.Set((void*)_page, _outline);
        _page += outlines.PageBytes;
        _outline = 0;
    }
}
