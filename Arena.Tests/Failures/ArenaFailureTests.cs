using Arena.Tests.Os;

namespace Arena.Tests.Failures;

public sealed unsafe class ArenaFailureTests
{
    [LinuxFact]
    public void An_arena_keeps_what_it_lent_whatever_call_fails() => FailureRun.PlayAll(seed => new Run(seed));

    private sealed class Run(int seed) : FailureRun(seed)
    {
        private const ushort Owner = OwnerRegistry.UserBlock;
        private readonly List<(Block Block, HashSet<nuint> Committed)> _sparse = [];

        protected override void Make()
        {
        }

        protected override void DisposeAllocator()
        {
            while (Shadow.Count > 0)
                Free(Shadow[Shadow.Count - 1]);
            foreach (var (block, _) in _sparse)
                Arena.TakeBack(block, Owner, decommit: Random.Next(2) == 0);
            _sparse.Clear();
        }

        protected override void Step()
        {
            switch (Random.Next(20))
            {
                case < 7:
                    Lend();
                    break;
                case < 10 when Shadow.Count > 0:
                    Resize(Shadow[Random.Next(Shadow.Count)]);
                    break;
                case < 14 when Shadow.Count > 0:
                    Free(Shadow[Random.Next(Shadow.Count)]);
                    break;
                case 14 when _sparse.Count < 5:
                    if (Arena.LendAddresses(Size(4 << 20), 0, Owner, out var block) is null)
                        _sparse.Add((block, []));
                    break;
                case < 18 when _sparse.Count > 0:
                    ChangeSparse(_sparse[Random.Next(_sparse.Count)]);
                    break;
                default:
                    var before = Arena.CommittedBytes;
                    var mostPages = Random.Next(300);
                    var givenBack = Arena.TrimStep(mostPages, Random.Next(10));
                    Expect(Arena.CommittedBytes == before - givenBack, "the bytes of a step");
                    Expect(givenBack <= (nuint)mostPages * PageArena.PageBytes, "a step went too far");
                    break;
            }
        }

        protected override void Check()
        {
            foreach (var (block, committed) in _sparse)
            {
                foreach (var page in committed)
                    Expect(*(nuint*)page == page, $"page 0x{page:x} of {block} changed");
            }
        }

        protected override void FreeAll()
        {
            while (Shadow.Count > 0)
                Free(Shadow[Shadow.Count - 1]);
        }

        private void Lend()
        {
            var alignment = Random.Next(4) == 0 ? (nuint)1 << Random.Next(22) : 0;
            var byteCount = Size(2 << 20);
            if (Arena.Lend(byteCount, alignment, Owner, out var block, out var isZero) is not null)
                return;
            Expect((nuint)block.Address % nuint.Max(1, alignment) == 0, $"{block} is not aligned to {alignment}");
            Expect(!isZero || !block.AsSpan().ContainsAnyExcept((byte)0), $"{block} is not zero");
            Expect(Shadow.Add(block.Address, block.ByteCount, block.ByteCount));
        }

        private void Resize(ShadowMemory.Entry entry)
        {
            var byteCount = Random.Next(2) == 0 ? Size(2 << 20) : (nuint)(entry.ByteCount * Random.NextDouble());
            if (!Arena.TryResize(BlockOf(entry), Owner, byteCount, out var block))
                return;
            Expect(
                ShadowMemory.Holds(entry, nuint.Min(block.ByteCount, entry.ByteCount)), "the contents did not survive");
            Shadow.Remove(entry.Address);
            Expect(Shadow.Add(block.Address, block.ByteCount, block.ByteCount));
        }

        private void Free(ShadowMemory.Entry entry)
        {
            var block = BlockOf(entry);
            if (Random.Next(8) == 0)
                ExpectInvalidFree(() => Arena.Free(new Block((byte*)block.Address + 1, block.ByteCount)));
            if (Random.Next(8) == 0)
                ExpectInvalidFree(() => Arena.Free(new Block(block.Address, block.ByteCount + 1)));
            Shadow.Remove(entry.Address);
            Arena.Free(block);
            if (Random.Next(8) == 0)
                ExpectInvalidFree(() => Arena.Free(block));
        }

        private void ChangeSparse((Block Block, HashSet<nuint> Committed) sparse)
        {
            var page = PageArena.PageBytes;
            var pages = (int)(sparse.Block.ByteCount / page);
            var first = Random.Next(pages);
            var count = Random.Next(1, Math.Min(20, pages - first) + 1);
            var address = (byte*)sparse.Block.Address + (nuint)first * page;
            var isCommit = Random.Next(3) != 0;
            if (!isCommit)
                Arena.Decommit(address, (nuint)count * page, Owner);
            else if (Arena.Commit(address, (nuint)count * page, Owner, out _) is not null)
                return;
            for (var i = 0; i < count; i++)
            {
                var at = (nuint)address + (nuint)i * page;
                if (!isCommit)
                    sparse.Committed.Remove(at);
                else if (sparse.Committed.Add(at))
                    *(nuint*)at = at;
            }
        }

        private static Block BlockOf(ShadowMemory.Entry entry) => new((void*)entry.Address, entry.GrantedBytes);
    }
}
