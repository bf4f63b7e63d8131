using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>The fields of a relocatable heap after Restore, in every state of a compaction.</summary>
public sealed class RelocatableFieldsTests
{
    [Fact]
    public void All_fields_are_those_that_were_saved_wherever_a_compaction_was()
    {
        using var arena = new PageArena(
            new PageArenaOptions { Name = "fields", ReserveBytes = 1u << 24 }) { IgnoreLeaks = true };
        using var heap = new RelocatableHeap(arena);
        var handles = new RelocatableHandle[6000];
        for (var i = 0; i < handles.Length; i++)
            handles[i] = heap.Allocate((nuint)(i % 900));
        for (var i = 0; i < handles.Length; i++)
        {
            if (i % 4 != 0)
                heap.Free(handles[i]);
        }
        using var history = ArenaHistory.Attach(arena, 1);
        for (var point = 0; point < 60; point++)
        {
            var saved = Fields(heap);
            history.Save(0);
            heap.Compact(nuint.MaxValue);
            heap.Free(heap.Allocate(700_000));
            heap.Free(heap.Allocate(60));
            Assert.NotEqual(saved, Fields(heap));
            history.Restore(0);
            Assert.Equal(saved, Fields(heap));
            heap.Compact(8000);
        }
    }

    private static byte[] Fields(RelocatableHeap heap)
    {
        using var state = new StateStream();
        state.BeginSaving();
        heap.KeepState(state);
        return state.Saved.ToArray();
    }
}
