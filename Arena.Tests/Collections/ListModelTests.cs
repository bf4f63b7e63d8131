using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>A list and a List do the same, on every allocator, with memory that runs out.</summary>
public sealed class ListModelTests
{
    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_list_does_what_List_does(string kind)
    {
        const int seed = 1501;
        using var ground = new Ground(kind);
        var random = new Random(seed);
        var list = new NativeList<Item>(ground.Handle);
        var twin = new List<Item>();
        var failures = 0;
        for (var step = 0; step < Ground.Steps; step++)
        {
            try
            {
                Step(ref list, twin, random, step);
            }
            catch (ArenaOutOfMemoryException)
            {
                failures++;
                AssertSame(list, twin, $"{kind}, seed {seed}, failure in step {step}");
                Restart(ref list, twin, ground);
            }
        }
        AssertSame(list, twin, $"{kind}, seed {seed}");
        Assert.True(failures > 0, $"{kind}: the memory never ran out");
        list.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    private static void Step(ref NativeList<Item> list, List<Item> twin, Random random, int step)
    {
        var item = new Item(step, random.Next());
        switch (random.Next(16))
        {
            case < 6:
                list.Add(item);
                twin.Add(item);
                break;
            case 6 when twin.Count > 0:
                var own = random.Next(twin.Count);
                list.Add(list[own]);
                twin.Add(twin[own]);
                break;
            case 7 when random.Next(50) == 0:
                list.AddRange(list.AsSpan());
                twin.AddRange(twin.ToArray());
                break;
            case 8 when twin.Count > 0 && random.Next(20) == 0:
                var index = random.Next(twin.Count + 1);
                list.Insert(index, list[twin.Count - 1]);
                twin.Insert(index, twin[^1]);
                break;
            case 9 when twin.Count > 0 && random.Next(20) == 0:
                index = random.Next(twin.Count);
                list.RemoveAt(index);
                twin.RemoveAt(index);
                break;
            case 10 when twin.Count > 0:
                index = random.Next(twin.Count);
                list.RemoveAtSwapBack(index);
                twin[index] = twin[^1];
                twin.RemoveAt(twin.Count - 1);
                break;
            case 11:
                Assert.Equal(twin.Count > 0, list.TryPop(out var popped));
                Assert.Equal(twin.Count > 0 ? twin[^1] : default, popped);
                if (twin.Count > 0)
                    twin.RemoveAt(twin.Count - 1);
                break;
            case 12 when twin.Count > 0:
                index = random.Next(twin.Count);
                Assert.Equal(twin[index], list[index]);
                list[index] = twin[index] = item;
                break;
            case 13 when random.Next(1000) == 0:
                list.TrimExcess();
                Assert.Equal(twin.Count, list.Capacity);
                break;
            case 14 when random.Next(1000) == 0:
                Assert.True(list.EnsureCapacity(twin.Count + 10) >= twin.Count + 10);
                break;
            case 15 when random.Next(10_000) == 0:
                list.Clear();
                twin.Clear();
                break;
        }
        Assert.Equal(twin.Count, list.Count);
    }

    private static void Restart(ref NativeList<Item> list, List<Item> twin, Ground ground)
    {
        list.Dispose();
        twin.Clear();
        ground.NextFrame();
        list = new NativeList<Item>(ground.Handle);
    }

    private static void AssertSame(NativeList<Item> list, List<Item> twin, string where)
    {
        Assert.True(list.AsSpan().SequenceEqual(twin.ToArray()), where);
        var at = 0;
        foreach (ref var item in list)
            Assert.True(item == twin[at++], where);
        Assert.Equal(twin.Count, at);
    }

    private readonly record struct Item(long Step, long Value);
}
