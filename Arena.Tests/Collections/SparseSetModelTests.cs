using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>A sparse set and a Dictionary by id do the same, on every allocator, with memory that runs out.</summary>
public sealed class SparseSetModelTests
{
    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_sparse_set_does_what_Dictionary_does(string kind)
    {
        const int seed = 1506;
        using var ground = new Ground(kind);
        var random = new Random(seed);
        var set = new NativeSparseSet<Item>(ground.Handle);
        var twin = new Dictionary<int, Item>();
        var failures = 0;
        for (var step = 0; step < Ground.Steps; step++)
        {
            try
            {
                Step(ref set, twin, random, step);
            }
            catch (ArenaOutOfMemoryException)
            {
                failures++;
                AssertSame(set, twin, $"{kind}, seed {seed}, failure in step {step}");
                set.Dispose();
                twin.Clear();
                ground.NextFrame();
                set = new NativeSparseSet<Item>(ground.Handle);
            }
        }
        AssertSame(set, twin, $"{kind}, seed {seed}");
        Assert.True(failures > 0, $"{kind}: the memory never ran out");
        set.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    private static void Step(ref NativeSparseSet<Item> set, Dictionary<int, Item> twin, Random random, int step)
    {
        var id = random.Next(1 + Math.Min(step, 50_000));
        switch (random.Next(8))
        {
            case < 4:
                var item = new Item(step, random.Next());
                Assert.Equal(item, set.Add(id, item));
                twin[id] = item;
                break;
            case 4 when set.Count > 0:
                var own = set.Values[0];
                set.Add(id, set.Values[0]);
                twin[id] = own;
                break;
            case 5:
                Assert.Equal(twin.ContainsKey(id), set.Contains(id));
                if (twin.TryGetValue(id, out var known))
                    Assert.Equal(known, set[id]);
                break;
            case 6:
                Assert.Equal(twin.Remove(id), set.Remove(id));
                break;
            case 7 when random.Next(10_000) == 0:
                set.Clear();
                twin.Clear();
                break;
        }
        Assert.Equal(twin.Count, set.Count);
    }

    private static void AssertSame(NativeSparseSet<Item> set, Dictionary<int, Item> twin, string where)
    {
        Assert.Equal(twin.Count, set.Count);
        for (var place = 0; place < set.Count; place++)
            Assert.True(twin[set.Ids[place]] == set.Values[place], where);
    }

    private readonly record struct Item(long Step, long Value);
}
