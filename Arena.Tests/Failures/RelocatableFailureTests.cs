using Arena.Pools;
using Arena.Tests.Os;
using Arena.Tests.Relocation;

namespace Arena.Tests.Failures;

public sealed class RelocatableFailureTests
{
    [LinuxFact]
    public void A_relocatable_heap_keeps_what_it_has_whatever_call_fails() => FailureRun.PlayAll(seed => new Run(seed));

    private sealed class Run : FailureRun
    {
        private readonly int _seed;
        private readonly PageArena _otherArena = new("other");
        private readonly RelocatableHeap _other;
        private RelocatableHeap? _heap;
        private RelocatableModel? _model;

        public Run(int seed)
            : base(seed)
        {
            _seed = seed;
            _other = new RelocatableHeap(_otherArena);
        }

        protected override void Make()
        {
            if (_heap is not null)
                return;
            _heap = new RelocatableHeap(Arena, "model");
            _model = new RelocatableModel(_heap, _other, _seed) { Most = 3000 };
        }

        protected override void DisposeAllocator()
        {
            _heap?.Dispose();
            _heap = null;
            _model = null;
        }

        protected override void Step() => _model?.Play(40);

        protected override void Check()
        {
            if (_heap is null)
                return;
            _model!.CheckAll();
            Expect(_heap.CommittedBytes <= Arena.LentBytes, "the heap has more than the arena lent");
        }

        protected override void FreeAll()
        {
            _model!.FreeAll();
            _heap!.Trim();
            _heap.Free(_heap.Allocate(1000));
        }
    }
}
