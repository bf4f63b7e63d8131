using Arena.Tests.Os;

namespace Arena.Tests.Failures;

public sealed unsafe class BuddyFailureTests
{
    [LinuxFact]
    public void A_buddy_keeps_what_it_has_whatever_call_fails() => FailureRun.PlayAll(seed => new Run(seed));

    private sealed class Run(int seed) : FailureRun(seed)
    {
        private BuddyAllocator? _buddy;

        protected override void Make() => _buddy ??= new BuddyAllocator(
            Arena, (nuint)Random.Next(1, 1 << 18), (nuint)8 << Random.Next(6), "model");

        protected override void DisposeAllocator()
        {
            Shadow.Clear();
            _buddy?.Dispose();
            _buddy = null;
        }

        protected override void Step()
        {
            if (_buddy is null)
                return;
            switch (Random.Next(10))
            {
                case < 5:
                    Allocate();
                    break;
                case < 7 when Shadow.Count > 0:
                    Reallocate(Shadow[Random.Next(Shadow.Count)]);
                    break;
                case < 10 when Shadow.Count > 0:
                    Free(Shadow[Random.Next(Shadow.Count)]);
                    break;
            }
        }

        protected override void Check()
        {
            if (_buddy is null)
                return;
            Expect(_buddy.LiveCount == Shadow.Count, $"{_buddy.LiveCount} live, {Shadow.Count} expected");
            Expect(_buddy.LiveBytes == Shadow.Bytes, $"{_buddy.LiveBytes} bytes live, {Shadow.Bytes} expected");
            var at = 0;
            foreach (var (address, byteCount) in _buddy.LiveRegions())
            {
                var entry = at < Shadow.Count ? Shadow[at++] : default;
                Expect(address == entry.Address && byteCount == entry.GrantedBytes, $"the walk misses {entry}");
            }
            Expect(at == Shadow.Count, "the walk leaves something out");
        }

        protected override void FreeAll()
        {
            while (Shadow.Count > 0)
                Free(Shadow[Shadow.Count - 1]);
            Expect(_buddy!.LiveBytes == 0, "something is left");
        }

        private void Allocate()
        {
            var byteCount = Size(1 << 16);
            var alignment = Random.Next(3) == 0 ? (nuint)1 << Random.Next(13) : 16;
            if (!_buddy!.TryAllocate(byteCount, alignment, out var region))
                return;
            Expect((nuint)region % alignment == 0, $"0x{(nuint)region:x} is not aligned to {alignment}");
            Expect(Shadow.Add(region, byteCount, _buddy.UsableBytes(region)));
        }

        private void Reallocate(ShadowMemory.Entry entry)
        {
            var byteCount = Random.Next(2) == 0 ? Size(1 << 16) : (nuint)(entry.ByteCount * Random.NextDouble());
            void* moved;
            try
            {
                moved = _buddy!.Reallocate((void*)entry.Address, byteCount);
            }
            catch (ArenaOutOfMemoryException)
            {
                Expect(byteCount > entry.GrantedBytes, $"{entry} cannot shrink to {byteCount}");
                return;
            }
            var kept = nuint.Min(entry.ByteCount, byteCount);
            var whole = kept == entry.ByteCount ? kept : kept & ~(nuint)4095;
            Expect(ShadowMemory.Holds(entry with { Address = (nuint)moved }, whole), "the contents did not survive");
            Shadow.Remove(entry.Address);
            Expect(Shadow.Add(moved, byteCount, _buddy.UsableBytes(moved)));
        }

        private void Free(ShadowMemory.Entry entry)
        {
            if (Random.Next(8) == 0)
                ExpectInvalidFree(() => _buddy!.Free((byte*)entry.Address + Random.Next(1, (int)entry.GrantedBytes)));
            Shadow.Remove(entry.Address);
            _buddy!.Free((void*)entry.Address);
            if (Random.Next(8) == 0)
                ExpectInvalidFree(() => _buddy!.Free((void*)entry.Address));
        }
    }
}
