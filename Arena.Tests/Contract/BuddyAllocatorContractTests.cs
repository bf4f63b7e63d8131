namespace Arena.Tests.Contract;

public sealed class BuddyAllocatorContractTests : AllocatorContract
{
    private protected override Lacks Lacks => Lacks.ZeroedMemory | Lacks.Walk;

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new BuddyUnderTest(new BuddyAllocator(arena, 16 << 20, name: "textures"));
}

internal sealed class BuddyUnderTest(BuddyAllocator buddy) : GeneralUnderTest(buddy)
{
    public override int LargestBytes => 300_000;

    // So little that powers of two and alignments always find room.
    public override long MostLiveBytes => 1 << 20;

    public override int LiveCount => buddy.LiveCount;
}
