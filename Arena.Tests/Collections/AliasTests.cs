using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>Arguments that lie in a container itself when it moves; containers inside of others.</summary>
public sealed class AliasTests
{
    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void An_argument_may_be_an_element_of_a_container_that_is_full(string kind)
    {
        using var ground = new Ground(kind);
        for (var round = 0; round < 10; round++)
        {
            var list = new NativeList<Guid>(ground.Handle, 4);
            var queue = new NativeQueue<Guid>(ground.Handle, 4);
            var set = new NativeSparseSet<Guid>(ground.Handle, 4);
            var dictionary = new NativeDictionary<Guid, Guid>(ground.Handle, 4);
            var own = Guid.NewGuid();
            // Their own growth is not the last of a frame, so that they move there too.
            for (var i = 0; i < 500; i++)
            {
                list.Add(i == 0 ? own : list[i / 2]);
                queue.Enqueue(i == 0 ? own : queue[i / 2]);
                set.Add(i, i == 0 ? own : set[i / 2]);
                dictionary.GetOrAdd(i == 0 ? own : Guid.NewGuid(), out _) = i == 0 ? own : dictionary[own];
            }
            AddInPlace(ref list, ref queue, ref set, own);
            Assert.All(list.AsSpan().ToArray(), item => Assert.Equal(own, item));
            foreach (ref var item in queue)
                Assert.Equal(own, item);
            Assert.All(set.Values.ToArray(), item => Assert.Equal(own, item));
            foreach (var pair in dictionary)
                Assert.Equal(own, pair.Value);
            list.Dispose();
            queue.Dispose();
            set.Dispose();
            dictionary.Dispose();
            ground.NextFrame();
        }
        Assert.Equal(0, ground.LiveCount);
    }

    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_text_may_be_appended_to_itself(string kind)
    {
        using var ground = new Ground(kind);
        var text = new NativeText(ground.Handle, "abc");
        var expected = "abc";
        for (var i = 0; i < 4; i++)
        {
            text.Append($"{text}|{text}");
            // The second part is as long as the text has become by then.
            expected += expected + "|";
            expected += expected;
            Assert.Equal(expected, text.ToString());
            text.AppendUtf8(text.Utf8[1..]);
            expected += expected[1..];
            Assert.Equal(expected, text.ToString());
        }
        text.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void Containers_hold_containers(string kind)
    {
        using var ground = new Ground(kind);
        var rows = new NativeList<NativeList<int>>(ground.Handle);
        var byName = new NativeDictionary<int, NativeDictionary<int, int>>(ground.Handle);
        for (var i = 0; i < 40; i++)
        {
            ref var row = ref rows.AddDefault();
            Assert.Equal(0, row.Count);
            row = new NativeList<int>(ground.Handle);
            for (var j = 0; j <= i; j++)
                rows[i].Add(j);
            byName.TryAdd(i, new NativeDictionary<int, int>(ground.Handle));
            for (var j = 0; j <= i; j++)
                byName[i / 2].GetOrAdd(j, out _) += i;
        }
        for (var i = 0; i < 40; i++)
            Assert.Equal(Enumerable.Range(0, i + 1), rows[i].AsSpan().ToArray());
        Assert.Equal(10 + 11, byName[5][10]);
        foreach (ref var row in rows)
            row.Dispose();
        foreach (var pair in byName)
            pair.Value.Dispose();
        rows.Dispose();
        byName.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void Rows_are_added_to_be_filled_in_place(string kind)
    {
        using var ground = new Ground(kind);
        var list = new NativeList<int>(ground.Handle);
        Assert.True(list.AddUninitialized(0).IsEmpty);
        Assert.Equal(0, list.Capacity);
        for (var i = 0; i < 100; i++)
        {
            var added = list.AddUninitialized(i);
            Assert.Equal(i, added.Length);
            added.Fill(i);
        }
        list.AddDefault() = 100;
        Assert.Equal(
            Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat(i, i)).Append(100), list.AsSpan().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => Refuse(ref list, -1));
        Assert.Throws<ArenaOutOfMemoryException>(() => Refuse(ref list, 100_000_000));
        Assert.Throws<ArenaOutOfMemoryException>(() => Refuse(ref list, int.MaxValue));
        Assert.Equal(4951, list.Count);
        list.Dispose();
        Assert.Throws<InvalidOperationException>(() => default(NativeList<int>).AddUninitialized(1));
        Assert.Throws<InvalidOperationException>(() => default(NativeList<int>).AddDefault());
        Assert.Equal(0, ground.LiveCount);

        static void Refuse(ref NativeList<int> list, int count) => list.AddUninitialized(count);
    }

    private static void AddInPlace(
        ref NativeList<Guid> list, ref NativeQueue<Guid> queue, ref NativeSparseSet<Guid> set, Guid own)
    {
        // By reference, without a copy that the caller made.
        for (var i = 0; i < 1_000; i++)
        {
            list.Add(in list[i]);
            list.Insert(i, in list[list.Count - 1]);
            queue.EnqueueFirst(in queue[queue.Count - 1]);
            set.Add(500 + i, in set[i]);
            Assert.Equal(own, set[500 + i]);
        }
        list.AddRange(list.AsSpan()[3..]);
    }
}
