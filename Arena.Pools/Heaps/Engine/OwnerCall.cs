namespace Arena.Pools;

/// <summary>A slow path of a part's owner: no other thread takes anything of the part until it ends.</summary>
internal readonly unsafe ref struct OwnerCall : IDisposable
{
    private readonly FastPath* _fast;

    /// <param name="part">The calling thread's; nothing is done without one, or for a heap of one thread.</param>
    public OwnerCall(ThreadHeap? part)
    {
        if (part is not { IsShared: true })
            return;
        _fast = part.Fast;
        if (OwnerGate.Enter<ManyThreads>(_fast))
            part.AwaitAndSettle();
    }

    public void Dispose()
    {
        if (_fast != null)
            OwnerGate.Leave<ManyThreads>(_fast);
    }
}
