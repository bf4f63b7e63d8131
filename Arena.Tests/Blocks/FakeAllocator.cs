namespace Arena.Tests.Blocks;

/// <summary>The smallest allocator of an arena: it holds blocks, counts them as live, and gives them back.</summary>
internal sealed unsafe class FakeAllocator : Allocator
{
    private readonly List<Block> _blocks = [];

    public FakeAllocator(PageArena arena, string name)
        : base(arena, name)
    {
        using var making = Register();
        SetMade();
    }

    public override string Kind => "fake";

    public Action? Closing { get; set; }

    public ushort Token => OwnerToken;

    public Block Lend(nuint byteCount)
    {
        Assert.Null(Arena.Lend(byteCount, 0, OwnerToken, out var block));
        _blocks.Add(block);
        return block;
    }

    public void Return(Block block)
    {
        Arena.TakeBack(block, OwnerToken);
        _blocks.Remove(block);
    }

    public void NotifyOne(nuint address)
    {
        NotifyAllocated((void*)address, 8, new SourceLine("Game.cs", 12, "Spawn"));
        Throw.If(NotifyFreed((void*)address, 8));
    }

    internal override void Undo(void* address, nuint byteCount)
    {
    }

    internal override void ObserversChanged()
    {
    }

    internal override void Walk(IMemoryVisitor visitor)
    {
        foreach (var block in _blocks)
            visitor.Block(new BlockPicture((nuint)block.Address, block.ByteCount, block.ByteCount, 0));
    }

    internal override LeakNotice? FindLeaks() => _blocks.Count == 0
        ? null
        : Notice(
            _blocks.Count, _blocks.Aggregate((nuint)0, (sum, b) => sum + b.ByteCount), [(nuint)_blocks[0].Address]);

    internal override void Close()
    {
        foreach (var block in _blocks)
            Arena.TakeBack(block, OwnerToken);
        _blocks.Clear();
        Closing?.Invoke();
    }
}
