using System.Diagnostics;
using System.Reflection;
using System.Text;
using Arena.Collections;
using Arena.Pools;
using Heap = Arena.Pools.Heap;

namespace Arena.Tests.Collections;

public sealed class ContainerGarbageTests
{
    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void Containers_make_no_garbage(string kind)
    {
        using var ground = new Ground(kind);
        Assert.Equal(0, Garbage.Of(() => UseLists(ground)));
        Assert.Equal(0, Garbage.Of(() => UseSets(ground)));
        // Without optimization the JIT boxes each value that is formatted.
        if (IsOptimized)
            Assert.Equal(0, Garbage.Of(() => UseText(ground)));
    }

    [Fact]
    public void Containers_that_come_and_go_make_no_garbage_however_many_live()
    {
        // More than the tickets of an allocator have room for in the beginning.
        const int count = 10_000;
        using var arena = new PageArena("test");
        using var heap = new Heap(arena);
        using var map = new HandleMap<NativeList<int>>(arena);
        var handles = new Handle<NativeList<int>>[count];
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < count; i++)
            {
                handles[i] = map.Allocate(new NativeList<int>(heap));
                map[handles[i]].Add(i);
            }
            for (var i = 0; i < count; i++)
            {
                map[handles[i]].Dispose();
                map.Free(handles[i]);
            }
        }));
    }

    private static bool IsOptimized =>
        typeof(PageArena).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    private static void UseLists(Ground ground)
    {
        using var list = new NativeList<int>(ground.Handle);
        using var queue = new NativeQueue<int>(ground.Handle);
        for (var i = 0; i < 1000; i++)
        {
            list.Add(i);
            queue.Enqueue(i);
        }
        foreach (ref var item in list)
            item++;
        foreach (ref var item in queue)
            item++;
        ground.NextFrame();
    }

    private static void UseSets(Ground ground)
    {
        using var dictionary = new NativeDictionary<Guid, int>(ground.Handle);
        using var set = new NativeHashSet<long>(ground.Handle);
        using var sparse = new NativeSparseSet<int>(ground.Handle);
        using var bits = new NativeBitSet(ground.Handle, 100);
        for (var i = 0; i < 300; i++)
        {
            dictionary.GetOrAdd(new Guid(i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), out _) = i;
            set.Add(i);
            sparse.Add(i, i);
            bits.Set(i % 100);
        }
        foreach (var pair in dictionary)
            pair.Value++;
        foreach (var item in set)
            sparse.Remove((int)item);
        ground.NextFrame();
    }

    private static void UseText(Ground ground)
    {
        using var text = new NativeText(ground.Handle);
        for (var i = 0; i < 100; i++)
        {
            text.Append($"{i} of {100:x4}, {i * 0.5,8:F1} {'c'} {"word"} {TimeSpan.FromSeconds(i)} {Guid.Empty:N}");
            text.Append($"{(i & 1) != 0} {DayOfWeek.Friday} {DayOfWeek.Friday:D} {FileAccess.ReadWrite,12:F} {i * 2m}");
            int? some = i;
            DayOfWeek? day = (i & 1) == 0 ? DayOfWeek.Monday : null;
            text.Append($"{some} {some:x8} {some,6:D} {day} {day,12}");
            text.AppendFormatted(some, "D3");
            text.Append($"{DateTime.UnixEpoch:O} {(Half)i} {(nint)i} {(UInt128)(uint)i} {new Rune('x')}");
        }
        ground.NextFrame();
    }
}
