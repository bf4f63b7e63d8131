using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Failures;

public sealed unsafe class HeapFailureTests
{
    [LinuxFact]
    public void A_heap_keeps_what_it_has_whatever_call_fails() => FailureRun.PlayAll(seed => new Run(seed));

    private sealed class Run(int seed) : FailureRun(seed)
    {
        private const int Largest = 1 << 20;
        private Heap? _heap;

        protected override void Make() => _heap ??= new Heap(Arena, "model");

        protected override void DisposeAllocator()
        {
            Shadow.Clear();
            _heap?.Dispose();
            _heap = null;
        }

        protected override void Step()
        {
            if (_heap is null)
                return;
            switch (Random.Next(30))
            {
                case < 14:
                    Allocate();
                    break;
                case < 18 when Shadow.Count > 0:
                    Reallocate(Shadow[Random.Next(Shadow.Count)]);
                    break;
                case < 27 when Shadow.Count > 0:
                    Free(Shadow[Random.Next(Shadow.Count)]);
                    break;
                case 27:
                    var (before, own) = (Arena.CommittedBytes, _heap.CommittedBytes);
                    var givenBack = _heap.Trim();
                    Expect(Arena.CommittedBytes == before - givenBack, "the bytes of a trim");
                    Expect(_heap.CommittedBytes <= own, "a trim took memory");
                    break;
                case 28:
                    for (var i = 0; i < 80; i++)
                        _heap.TrimStep(Random.Next(100));
                    break;
                default:
                    FreeSome();
                    break;
            }
        }

        protected override void Check()
        {
            if (_heap is null)
                return;
            Expect(_heap.LiveCount == Shadow.Count, $"{_heap.LiveCount} live, {Shadow.Count} expected");
            Expect(_heap.LiveBytes == Shadow.Bytes, $"{_heap.LiveBytes} bytes live, {Shadow.Bytes} expected");
            Expect(_heap.CommittedBytes <= Arena.LentBytes, "the heap has more than the arena lent");
            var at = 0;
            foreach (var allocation in _heap.Allocations())
            {
                var entry = at < Shadow.Count ? Shadow[at++] : default;
                Expect(
                    (nuint)allocation.Address == entry.Address && allocation.ByteCount == entry.GrantedBytes,
                    $"the walk shows {allocation}, {entry} expected");
            }
            Expect(at == Shadow.Count, "the walk leaves something out");
        }

        protected override void FreeAll()
        {
            while (Shadow.Count > 0)
                Free(Shadow[Shadow.Count - 1]);
            _heap!.Trim();
            _heap.Free(_heap.Allocate(Largest / 16));
        }

        private void Allocate()
        {
            var byteCount = Size(Random.Next(2) == 0 ? 600 : Largest);
            var alignment = Random.Next(5) == 0 ? (nuint)1 << Random.Next(18) : 16;
            var isZeroed = Random.Next(3) == 0;
            void* address;
            var served = isZeroed
                ? _heap!.TryAllocateZeroed(byteCount, alignment, out address)
                : _heap!.TryAllocate(byteCount, alignment, out address);
            if (!served)
                return;
            Expect((nuint)address % alignment == 0, $"0x{(nuint)address:x} is not aligned to {alignment}");
            Expect(
                !isZeroed || !new Span<byte>(address, (int)byteCount).ContainsAnyExcept((byte)0), "it is not zero");
            Expect(Shadow.Add(address, byteCount, _heap.UsableBytes(address)));
        }

        private void Reallocate(ShadowMemory.Entry entry)
        {
            var byteCount = Random.Next(2) == 0 ? Size(Largest) : (nuint)(entry.ByteCount * Random.NextDouble());
            if (!_heap!.TryReallocate((void*)entry.Address, byteCount, out var moved))
            {
                Expect(byteCount > entry.GrantedBytes, $"{entry} cannot shrink to {byteCount}");
                return;
            }
            var kept = nuint.Min(entry.ByteCount, byteCount);
            // Allocations that end within a page are marked at other places there.
            var whole = kept == entry.ByteCount ? kept : kept & ~(nuint)4095;
            Expect(ShadowMemory.Holds(entry with { Address = (nuint)moved }, whole), "the contents did not survive");
            Shadow.Remove(entry.Address);
            Expect(Shadow.Add(moved, byteCount, _heap.UsableBytes(moved)));
        }

        private void Free(ShadowMemory.Entry entry)
        {
            if (Random.Next(8) == 0)
                ExpectInvalidFree(() => _heap!.Free((byte*)entry.Address + Random.Next(1, 16)));
            if (Random.Next(8) == 0 && entry.GrantedBytes > 16)
                ExpectInvalidFree(() => _heap!.Free((byte*)entry.Address + 16));
            Shadow.Remove(entry.Address);
            _heap!.Free((void*)entry.Address);
            if (Random.Next(8) == 0)
                ExpectInvalidFree(() => _heap!.Free((void*)entry.Address));
        }

        private void FreeSome()
        {
            for (var i = Random.Next(Shadow.Count + 1); i > 0; i--)
                Free(Shadow[Random.Next(Shadow.Count)]);
        }
    }
}
