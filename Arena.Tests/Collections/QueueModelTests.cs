using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>A queue and a LinkedList do the same, on every allocator, with memory that runs out.</summary>
public sealed class QueueModelTests
{
    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_queue_does_what_a_list_with_two_ends_does(string kind)
    {
        const int seed = 1502;
        using var ground = new Ground(kind);
        var random = new Random(seed);
        var queue = new NativeQueue<Item>(ground.Handle);
        var twin = new LinkedList<Item>();
        var failures = 0;
        for (var step = 0; step < Ground.Steps; step++)
        {
            try
            {
                Step(ref queue, twin, random, step);
            }
            catch (ArenaOutOfMemoryException)
            {
                failures++;
                AssertSame(queue, twin, $"{kind}, seed {seed}, failure in step {step}");
                queue.Dispose();
                twin.Clear();
                ground.NextFrame();
                queue = new NativeQueue<Item>(ground.Handle);
            }
        }
        AssertSame(queue, twin, $"{kind}, seed {seed}");
        Assert.True(failures > 0, $"{kind}: the memory never ran out");
        queue.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    private static void Step(ref NativeQueue<Item> queue, LinkedList<Item> twin, Random random, int step)
    {
        var item = new Item(step, 0, 0);
        switch (random.Next(12))
        {
            case < 4:
                queue.Enqueue(item);
                twin.AddLast(item);
                break;
            case < 7:
                queue.EnqueueFirst(item);
                twin.AddFirst(item);
                break;
            case 7 when twin.Count > 0:
                queue.Enqueue(queue[0]);
                twin.AddLast(twin.First!.Value);
                break;
            case 8:
                Assert.Equal(twin.Count > 0, queue.TryPeek(out var first));
                Assert.Equal(twin.Count > 0, queue.TryPeekLast(out var last));
                Assert.Equal((twin.First?.Value ?? default, twin.Last?.Value ?? default), (first, last));
                break;
            case 9:
                Assert.Equal(twin.Count > 0, queue.TryDequeue(out first));
                Assert.Equal(twin.First?.Value ?? default, first);
                if (twin.Count > 0)
                    twin.RemoveFirst();
                break;
            case 10:
                Assert.Equal(twin.Count > 0, queue.TryDequeueLast(out last));
                Assert.Equal(twin.Last?.Value ?? default, last);
                if (twin.Count > 0)
                    twin.RemoveLast();
                break;
            case 11 when random.Next(10_000) == 0:
                queue.Clear();
                twin.Clear();
                break;
            case 11 when random.Next(1000) == 0:
                queue.EnsureCapacity(twin.Count + 3);
                break;
        }
        Assert.Equal(twin.Count, queue.Count);
    }

    private static void AssertSame(NativeQueue<Item> queue, LinkedList<Item> twin, string where)
    {
        var node = twin.First;
        foreach (ref var item in queue)
        {
            Assert.True(item == node!.Value, where);
            node = node.Next;
        }
        Assert.Null(node);
    }

    private readonly record struct Item(long Step, long Value, long More);
}
