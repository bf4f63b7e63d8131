using Arena.Pools;

namespace Arena.Tests.Relocation;

public sealed class RelocatableListTests
{
    [Fact]
    public void A_list_behaves_as_a_list_while_it_moves()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        List<RelocatableHandle> others = [];
        using var list = new RelocatableList<long>(heap);
        List<long> model = [];
        for (var step = 0; step < 20_000; step++)
        {
            Change(list, model, random);
            if (random.Next(3) == 0)
                others.Add(heap.Allocate((nuint)random.Next(500)));
            if (others.Count > 0 && random.Next(3) == 0)
            {
                heap.Free(others[^1]);
                others.RemoveAt(others.Count - 1);
            }
            if (random.Next(50) == 0)
                heap.Compact(100_000);
            Assert.True(list.AsSpan().SequenceEqual(model.ToArray()), $"seed {seed}, step {step}");
            Assert.True(list.Capacity >= list.Count, $"seed {seed}, step {step}");
        }
        others.ForEach(heap.Free);
    }

    [Fact]
    public void Copies_are_one_list_and_end_together()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena);
        var list = new RelocatableList<int>(heap, 2);
        var copy = list;
        for (var i = 0; i < 100; i++)
            list.Add(i);
        Assert.Equal(100, copy.Count);
        copy.Dispose();
        Assert.Throws<InvalidOperationException>(() => list.Add(1));
        Assert.Throws<InvalidOperationException>(() => list.Count);
        list.Dispose();
        Assert.Equal(0, heap.LiveCount);
    }

    [Fact]
    public void An_argument_may_be_an_element()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena);
        using var list = new RelocatableList<int>(heap);
        list.AddRange([1, 2, 3, 4]);
        Assert.Equal(4, list.Capacity);
        list.Add(list[2]);
        list.AddRange(list.AsSpan()[1..]);
        list.AddRange(list.AsSpan());
        Assert.Equal([1, 2, 3, 4, 3, 2, 3, 4, 3, 1, 2, 3, 4, 3, 2, 3, 4, 3], list.AsSpan().ToArray());
    }

    [Fact]
    public void A_default_list_reads_as_empty_and_says_what_it_needs()
    {
        var list = default(RelocatableList<int>);
        Assert.Equal(0, list.Count + list.Capacity + list.AsSpan().Length);
        Assert.True(list.Handle.IsNone);
        Assert.False(list.TryPop(out _));
        list.Clear();
        list.TrimExcess();
        list.Dispose();
        var failure = Assert.Throws<InvalidOperationException>(() => list.Add(1));
        Assert.Contains("give it a heap", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[0]);
    }

    [Fact]
    public void A_pinned_list_stays_and_does_not_grow()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena);
        using var list = new RelocatableList<int>(heap);
        list.AddRange([1, 2, 3, 4]);
        using (list.Pin())
            Assert.Throws<InvalidOperationException>(() => list.Add(5));
        list.Add(5);
        Assert.Equal(5, list.Count);
    }

    [Fact]
    public void A_buffer_takes_bytes_values_and_a_writer()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena);
        using var buffer = new RelocatableBuffer(heap);
        buffer.Write("abc"u8);
        buffer.Write((short)0x4544);
        "FG"u8.CopyTo(buffer.GetSpan(2));
        buffer.Advance(2);
        heap.Compact(nuint.MaxValue);
        Assert.Equal("abcDEFG"u8.ToArray(), buffer.AsSpan().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1 << 20));
        Assert.Throws<NotSupportedException>(() => buffer.GetMemory());
        buffer.TrimExcess();
        Assert.Equal(7, buffer.Capacity);
        buffer.Clear();
        Assert.Equal(0, buffer.Length);
    }

    private static void Change(RelocatableList<long> list, List<long> model, Random random)
    {
        var value = random.NextInt64();
        var index = random.Next(model.Count + 1);
        switch (random.Next(9))
        {
            case < 3:
                list.Add(value);
                model.Add(value);
                break;
            case 3:
                list.Insert(index, value);
                model.Insert(index, value);
                break;
            case 4 when index < model.Count:
                list.RemoveAt(index);
                model.RemoveAt(index);
                break;
            case 5 when index < model.Count:
                list.RemoveAtSwapBack(index);
                model[index] = model[^1];
                model.RemoveAt(model.Count - 1);
                break;
            case 6:
                Assert.Equal(model.Count > 0, list.TryPop(out var popped));
                if (model.Count > 0)
                {
                    Assert.Equal(model[^1], popped);
                    model.RemoveAt(model.Count - 1);
                }
                break;
            case 7 when random.Next(100) == 0:
                list.Clear();
                model.Clear();
                break;
            default:
                list.TrimExcess();
                list.EnsureCapacity(random.Next(100));
                break;
        }
    }
}
