namespace Arena.Tests.Walks;

/// <summary>An allocator whose live allocations can be walked, one size of them.</summary>
internal interface IWalked : IDisposable
{
    string Name { get; }

    nint Allocate();

    void Free(nint address);

    void Trim();

    /// <summary>Walks, with a body that may call the other methods.</summary>
    void Walk(Action<nint> body);
}
