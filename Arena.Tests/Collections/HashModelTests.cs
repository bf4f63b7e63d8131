using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>
/// A dictionary and a set do what those of .NET do, on every allocator, with memory that runs out: with good hashes and
/// with bad ones, which make long chains.
/// </summary>
public sealed class HashModelTests
{
    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_dictionary_does_what_Dictionary_does(string kind)
    {
        Play(kind, 1503, 200_000, key => new Key(key, key), mustFail: true);
        // A few hash codes for all: long chains, from whose middle entries are removed.
        Play(kind, 1504, 300, key => new Key(key, key % 20), mustFail: false);
    }

    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_set_does_what_HashSet_does(string kind)
    {
        const int seed = 1505;
        using var ground = new Ground(kind);
        var random = new Random(seed);
        var set = new NativeHashSet<long>(ground.Handle);
        var twin = new HashSet<long>();
        var failures = 0;
        for (var step = 0; step < Ground.Steps; step++)
        {
            var item = (long)random.Next(100_000) << random.Next(2) * 32;
            try
            {
                switch (random.Next(8))
                {
                    case < 5:
                        Assert.Equal(!twin.Contains(item), set.Add(item));
                        twin.Add(item);
                        break;
                    case 5:
                        Assert.Equal(twin.Contains(item), set.Contains(item));
                        break;
                    case 6:
                        Assert.Equal(twin.Remove(item), set.Remove(item));
                        break;
                    case 7 when random.Next(10_000) == 0:
                        set.TrimExcess();
                        break;
                }
                Assert.Equal(twin.Count, set.Count);
            }
            catch (ArenaOutOfMemoryException)
            {
                failures++;
                AssertSame(set, twin, $"{kind}, seed {seed}, failure in step {step}");
                set.Dispose();
                twin.Clear();
                ground.NextFrame();
                set = new NativeHashSet<long>(ground.Handle);
            }
        }
        AssertSame(set, twin, $"{kind}, seed {seed}");
        Assert.True(failures > 0, $"{kind}: the memory never ran out");
        set.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    private static void Play(string kind, int seed, int keyCount, Func<int, Key> makeKey, bool mustFail)
    {
        using var ground = new Ground(kind);
        var random = new Random(seed);
        var dictionary = new NativeDictionary<Key, long>(ground.Handle);
        var twin = new Dictionary<Key, long>();
        var failures = 0;
        for (var step = 0; step < Ground.Steps; step++)
        {
            try
            {
                Step(ref dictionary, twin, random, makeKey(random.Next(keyCount)), step);
            }
            catch (ArenaOutOfMemoryException)
            {
                failures++;
                AssertSame(dictionary, twin, $"{kind}, seed {seed}, failure in step {step}");
                dictionary.Dispose();
                twin.Clear();
                ground.NextFrame();
                dictionary = new NativeDictionary<Key, long>(ground.Handle);
            }
        }
        AssertSame(dictionary, twin, $"{kind}, seed {seed}");
        Assert.True(failures > 0 || !mustFail, $"{kind}: the memory never ran out");
        dictionary.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    private static void Step(
        ref NativeDictionary<Key, long> dictionary, Dictionary<Key, long> twin, Random random, Key key, int step)
    {
        var isThere = twin.TryGetValue(key, out var known);
        switch (random.Next(10))
        {
            case < 3:
                Assert.Equal(!isThere, dictionary.TryAdd(key, step));
                twin.TryAdd(key, step);
                break;
            case < 6:
                ref var value = ref dictionary.GetOrAdd(key, out var exists);
                Assert.Equal((isThere, known), (exists, value));
                twin[key] = value = step;
                break;
            case 6:
                Assert.Equal(isThere, dictionary.TryGetValue(key, out var found));
                Assert.Equal(known, found);
                Assert.Equal(isThere, dictionary.ContainsKey(key));
                break;
            case 7:
                Assert.Equal(isThere, dictionary.Remove(key, out var removed));
                Assert.Equal(known, removed);
                twin.Remove(key);
                break;
            case 8 when isThere:
                dictionary[key]++;
                twin[key]++;
                break;
            case 9 when random.Next(10_000) == 0:
                dictionary.Clear();
                twin.Clear();
                break;
            case 9 when random.Next(5_000) == 0:
                dictionary.TrimExcess();
                break;
        }
        Assert.Equal(twin.Count, dictionary.Count);
    }

    private static void AssertSame(NativeDictionary<Key, long> dictionary, Dictionary<Key, long> twin, string where)
    {
        var count = 0;
        foreach (var pair in dictionary)
        {
            Assert.True(twin[pair.Key] == pair.Value, where);
            count++;
        }
        Assert.Equal(twin.Count, count);
        foreach (var (key, value) in twin)
            Assert.True(dictionary.TryGetValue(key, out var found) && found == value, where);
    }

    private static void AssertSame(NativeHashSet<long> set, HashSet<long> twin, string where)
    {
        var count = 0;
        foreach (var item in set)
        {
            Assert.True(twin.Contains(item), where);
            count++;
        }
        Assert.Equal(twin.Count, count);
        foreach (var item in twin)
            Assert.True(set.Contains(item), where);
    }

    private readonly record struct Key(int Number, int HashCode)
    {
        public override int GetHashCode() => HashCode;
    }
}
