using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Ledgers;

public sealed unsafe class LiveTableTests : IDisposable
{
    private readonly GrowingPages _pages = new("table");

    public void Dispose() => _pages.Dispose();

    [Theory]
    [InlineData(3, 5_000)]
    [InlineData(4, 100)]
    [InlineData(5, 7)]
    public void It_agrees_with_a_dictionary(int seed, int addresses)
    {
        var random = new Random(seed);
        var table = new LiveTable(_pages);
        var model = new Dictionary<nuint, int>();
        for (var step = 0; step < 200_000; step++)
        {
            // Phases of growth and of shrinkage, and often the address that was removed last.
            var address = (nuint)(16 * (1 + random.Next(addresses)));
            if (random.Next(8) < (step / 20_000 % 2 == 0 ? 5 : 3))
            {
                if (model.TryAdd(address, step % 100_000))
                    Put(table, address, step % 100_000);
            }
            else
            {
                var gone = table.TryRemove(address);
                Assert.True(model.Remove(address, out var site) == (gone != null), $"seed {seed}, step {step}");
                if (gone != null)
                    Assert.Equal((address, site), (gone->Address, gone->Site));
                if (gone != null && random.Next(3) == 0)
                {
                    model.Add(address, 1);
                    Put(table, address, 1);
                }
            }
            if (step % 10_000 == 9_999)
                Assert.Equal(model, Contents(table));
        }
        table.Clear();
        Assert.Empty(Contents(table));
        Assert.True(table.TryRemove(16) == null);
        Assert.Equal(0u, _pages.LentBytes);
    }

    [Fact]
    public void While_it_grows_and_after_it_shrank_an_allocation_takes_at_most_48_bytes()
    {
        var table = new LiveTable(_pages);
        for (nuint i = 1; i <= 300_000; i++)
        {
            Put(table, i * 64, 1);
            if (i > 2_000)
                Assert.True(table.TableBytes <= 48 * (nuint)table.Count, $"{table.TableBytes} bytes for {table.Count}");
        }
        Assert.Equal(table.TableBytes, _pages.LentBytes);
        for (nuint i = 300_000; i > 2_000; i--)
            table.TryRemove(i * 64);
        Assert.Equal(2_000, Contents(table).Count);
        Assert.True(table.TableBytes <= 4 * 48 * (nuint)table.Count, $"{table.TableBytes} bytes for {table.Count}");
        Assert.Equal(table.TableBytes, _pages.LentBytes);
        Assert.True(_pages.CommittedBytes < 2 * table.TableBytes, "what it leaves goes back to the system");
    }

    [Theory]
    [InlineData(500)]
    [InlineData(20_000)]
    public void Addresses_at_any_distance_from_one_another_lie_near_their_home(int count)
    {
        double sum = 0;
        var distances = Enumerable.Range(1, 64).Select(i => 16 * i)
            .Concat([1, 2, 4, 8, 24, 40, 2048, 4096, 12_288, 65_536, 2 << 20, 1 << 30]).ToArray();
        foreach (var distance in distances)
        {
            var steps = MeanSteps(count, (nuint)distance);
            Assert.True(steps < 12, $"{count} at {distance} bytes need {steps} steps each");
            sum += steps;
        }
        Assert.InRange(sum / distances.Length, 1, 2);
    }

    [Fact]
    public void Without_memory_it_takes_no_more_and_keeps_what_it_has()
    {
        using var pages = new GrowingPages(_ => new PageArena(new PageArenaOptions { BudgetBytes = 128 << 10 }));
        var table = new LiveTable(pages);
        nuint taken = 0;
        while (true)
        {
            var entry = table.TryAdd((taken + 1) * 16);
            if (entry == null)
                break;
            *entry = new LiveAllocation(++taken * 16, 8, 1, 0, 0);
        }
        Assert.InRange(taken, 1_000u, 4_000u);
        Assert.Equal((int)taken, Contents(table).Count);
        for (nuint i = 1; i <= taken; i++)
            Assert.True(table.TryRemove(i * 16) != null);
        Assert.True(table.TryRemove(16) == null);
    }

    [Theory]
    [InlineData(1UL, 1UL, 0, 0u, 0u)]
    [InlineData(ulong.MaxValue, (1UL << 42) - 1, LiveAllocation.MaximumSites - 1, uint.MaxValue, uint.MaxValue)]
    [InlineData(0x7FFF_FFFF_F000UL, 4096UL, 77, 5u, 6u)]
    public void An_entry_keeps_what_is_put_into_it(ulong address, ulong bytes, int site, uint frame, uint time)
    {
        Assert.Equal(24, sizeof(LiveAllocation));
        var entry = new LiveAllocation((nuint)address, (nuint)bytes, site, frame, time);
        foreach (var stack in new[] { true, false })
        {
            entry.HasStack = stack;
            Assert.Equal((nuint)address, entry.Address);
            Assert.Equal((nuint)bytes, entry.ByteCount);
            Assert.Equal(site, entry.Site);
            Assert.Equal((frame, time, stack), (entry.BornFrame, entry.BornTime, entry.HasStack));
        }
    }

    private static void Put(LiveTable table, nuint address, int site)
    {
        var entry = table.TryAdd(address);
        Assert.True(entry != null);
        *entry = new LiveAllocation(address, 8, site, 0, 0);
    }

    private double MeanSteps(int count, nuint distance)
    {
        var table = new LiveTable(_pages);
        for (nuint i = 1; i <= (nuint)count; i++)
        {
            var address = unchecked((nuint)0x7000_0000_0000) + i * distance;
            *table.TryAdd(address) = new LiveAllocation(address, 8, 1, 0, 0);
        }
        long steps = 0;
        var places = table.Places;
        fixed (LiveAllocation* first = places)
        {
            for (var i = 0; i < places.Length; i++)
            {
                if (places[i].Address == 0)
                    continue;
                var away = i - (int)((LiveAllocation*)table.HomeOf(places[i].Address) - first);
                steps += 1 + (away < 0 ? away + places.Length : away);
            }
        }
        table.Clear();
        return (double)steps / count;
    }

    private static Dictionary<nuint, int> Contents(LiveTable table)
    {
        var contents = new Dictionary<nuint, int>();
        foreach (ref readonly var allocation in table.Places)
        {
            if (allocation.Address != 0)
                contents.Add(allocation.Address, allocation.Site);
        }
        Assert.Equal(contents.Count, table.Count);
        return contents;
    }
}
