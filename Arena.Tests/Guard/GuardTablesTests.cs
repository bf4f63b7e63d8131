using System.Runtime.CompilerServices;
using Xunit.Abstractions;

namespace Arena.Tests.Guard;

public sealed unsafe class GuardTablesTests(ITestOutputHelper output)
{
    [Fact]
    public void Records_are_found_as_in_a_dictionary()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var table = new GuardTable();
        var model = new Dictionary<nuint, nuint>();
        for (var step = 0; step < 200_000; step++)
        {
            var address = (nuint)(1 + random.Next(2_000)) * 16;
            switch (random.Next(3))
            {
                case 0:
                    table.FindOrAdd(address).ByteCount = (nuint)step;
                    model[address] = (nuint)step;
                    break;
                case 1:
                    table.Remove(address);
                    model.Remove(address);
                    break;
                default:
                    ref var found = ref table.Find(address);
                    Assert.Equal(model.ContainsKey(address), !Unsafe.IsNullRef(ref found));
                    if (model.TryGetValue(address, out var value))
                        Assert.Equal(value, found.ByteCount);
                    break;
            }
            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void Poison_is_known_as_in_an_array_of_granules()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        // Two parts of the map meet in the middle.
        const int bytes = 4096;
        const int granule = 4;
        var memory = new byte[bytes];
        fixed (byte* first = memory)
        {
            var map = new PoisonMap((nuint)first - (2 << 20) + bytes / 2);
            var model = new bool[bytes / granule];
            for (var step = 0; step < 50_000; step++)
            {
                var from = random.Next(bytes);
                var end = random.Next(from, Math.Min(bytes, from + 700) + 1);
                switch (random.Next(4))
                {
                    case 0:
                        // This is how a guard does it: it marks the whole granules that it fills.
                        map.Mark((nuint)first + (nuint)from, (nuint)first + (nuint)end);
                        for (var g = (from + granule - 1) / granule; g < end / granule; g++)
                        {
                            model[g] = true;
                            memory.AsSpan(g * granule, granule).Fill(GuardPattern.Freed);
                        }
                        break;
                    case 1:
                        (from, end) = (from & -granule, end & -granule);
                        map.Forget((nuint)first + (nuint)from, (nuint)first + (nuint)end);
                        model.AsSpan(from / granule, Math.Max(0, (end - from) / granule)).Clear();
                        break;
                    case 2:
                        memory[from] = (byte)random.Next(256);
                        break;
                    default:
                        (from, end) = (from & -granule, end & -granule);
                        var forgets = random.Next(2) == 0;
                        var expected = 0;
                        for (var i = from; i < end && expected == 0; i++)
                            expected = model[i / granule] && memory[i] != GuardPattern.Freed ? i + 1 : 0;
                        var damage = map.FindDamage((nuint)first + (nuint)from, (nuint)first + (nuint)end, forgets);
                        Assert.Equal(expected, damage == 0 ? 0 : (int)(damage - (nuint)first) + 1);
                        if (forgets)
                            model.AsSpan(from / granule, Math.Max(0, (end - from) / granule)).Clear();
                        break;
                }
            }
        }
    }

    [Fact]
    public void Patterns_of_any_length_are_filled_and_verified_to_the_byte()
    {
        var memory = new byte[200];
        fixed (byte* first = memory)
        {
            for (var length = 0; length < 150; length++)
            {
                for (var from = 10; from < 18; from++)
                {
                    Array.Clear(memory);
                    var (start, end) = ((nuint)first + (nuint)from, (nuint)first + (nuint)(from + length));
                    GuardPattern.Fill(start, end, GuardPattern.RedZone);
                    Assert.Equal(length, memory.Count(value => value == GuardPattern.RedZone));
                    Assert.Equal((nuint)0, GuardPattern.FindOther(start, end, GuardPattern.RedZone));
                    if (length == 0)
                        continue;
                    Assert.Equal(GuardPattern.RedZone, memory[from]);
                    var changed = from + (length * 7 / 8);
                    memory[changed] ^= 1;
                    Assert.Equal(
                        (nuint)first + (nuint)changed, GuardPattern.FindOther(start, end, GuardPattern.RedZone));
                }
            }
        }
    }

    [Fact]
    public void Addresses_leave_a_queue_as_they_came()
    {
        var queue = new AddressQueue();
        nuint next = 0, expected = 0;
        for (var round = 0; round < 100; round++)
        {
            for (var i = 0; i < round; i++)
                queue.Add(next++);
            for (var i = 0; i < round / 2; i++)
                Assert.Equal(expected++, queue.Take());
        }
        Assert.Equal(expected, queue.First);
        Assert.Equal((int)(next - expected), queue.Count);
    }
}
