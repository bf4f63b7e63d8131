using Arena.Pools;
using Arena.Tests.Blocks;
using Arena.Tests.Os;
using Xunit.Abstractions;

namespace Arena.Tests.Relocation;

// They take up to half of the mappings that the process may have, and count them; so nothing runs beside them.
[CollectionDefinition(nameof(PageSharingTests), DisableParallelization = true)]
[Collection(nameof(PageSharingTests))]
public sealed unsafe class PageSharingTests(ITestOutputHelper output)
{
    private static readonly PageArenaOptions Options = new() { Name = "shared", SharePages = true };

    [LinuxTheory]
    [InlineData(25, 0.80)]
    [InlineData(10, 0.22)]
    [InlineData(5, 0.10)]
    [InlineData(2, 0.05)]
    public void Scattered_survivors_share_their_pages(int percent, double most)
    {
        Assert.InRange(RatioOf<Bytes64>(1_000_000, percent), 0, most);
    }

    [LinuxTheory]
    [InlineData(25, 1.0)]
    [InlineData(10, 0.4)]
    [InlineData(5, 0.2)]
    [InlineData(2, 0.1)]
    public void Slots_that_lie_in_two_pages_share_them_too(int percent, double most)
    {
        Assert.InRange(RatioOf<Bytes48>(300_000, percent), 0, most);
        Assert.InRange(RatioOf<Bytes117>(150_000, percent), 0, most);
        Assert.InRange(RatioOf<Bytes24>(500_000, percent), 0, most);
        Assert.InRange(RatioOf<Bytes200>(100_000, percent), 0, most);
    }

    [LinuxFact]
    public void Steps_begin_when_there_is_something_to_gain_and_end_for_good()
    {
        using var arena = new PageArena(Options) { IgnoreLeaks = true };
        using var pool = new Pool<Bytes64>(arena);
        var random = new Random(3);
        List<nint> slots = [];
        for (var i = 0; i < 100_000; i++)
            slots.Add((nint)pool.Allocate());
        Assert.Equal((nuint)0, pool.CompactStep(TimeSpan.FromSeconds(1)));
        foreach (var slot in slots)
        {
            if (random.Next(20) != 0)
                pool.Free((Bytes64*)slot);
        }
        // Storage that is ready for further slots goes first.
        pool.Trim();
        var before = arena.CommittedBytes;
        nuint givenBack = 0;
        // One page, or a few looks, a step.
        for (var i = 0; i < 3000; i++)
            givenBack += pool.CompactStep(TimeSpan.Zero);
        Assert.Equal(before - givenBack, arena.CommittedBytes);
        Assert.True(
            arena.CommittedBytes < before / 5,
            $"{arena.CommittedBytes} of {before}, {pool.SharedPageCount} guests");
        Assert.Equal((nuint)0, pool.CompactStep(TimeSpan.FromSeconds(1)));
        Assert.Equal((nuint)0, pool.Compact(int.MaxValue));
    }

    // Storage of the pool's pages after and before; contents, addresses and exactness are checked on the way.
    private double RatioOf<T>(int count, int percent)
        where T : unmanaged
    {
        using var arena = new PageArena(Options);
        using var pool = new Pool<T>(arena);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        List<nint> live = [];
        List<nint> dead = [];
        for (var i = 0; i < count; i++)
        {
            var slot = pool.Allocate();
            Write((nint)slot, sizeof(T));
            (random.Next(100) < percent ? live : dead).Add((nint)slot);
        }
        foreach (var slot in dead)
            pool.Free((T*)slot);
        pool.Trim();
        var (before, fileBefore) = (arena.CommittedBytes, arena.FileBytes);
        var residentBefore = ProportionalSet(arena);
        var givenBack = pool.Compact(int.MaxValue);
        Assert.Equal(before - givenBack, arena.CommittedBytes);
        // A page that was committed and never touched had no storage yet.
        Assert.InRange(arena.FileBytes, 1, (long)arena.CommittedBytes);
        Assert.InRange(fileBefore - arena.FileBytes, (long)givenBack - (16 << 10), (long)givenBack);
        // Another call looks at other pages together, and may find a pair or two: of small slots, hardly any fit.
        Assert.InRange(pool.Compact(int.MaxValue), (nuint)0, (givenBack / 50) + 4 * (nuint)PageArena.PageBytes);
        foreach (var slot in live)
            Check(slot, sizeof(T), seed);
        Assert.Equal(live.Count, pool.LiveCount);
        var maps = ProcessMaps.CountIn(arena.Reservation.Address, arena.Reservation.ByteCount);
        Assert.True(maps <= arena.HeldMappings, $"{maps} mappings, {arena.HeldMappings} counted");
        var ratio = (double)arena.FileBytes / fileBefore;
        var resident = (double)ProportionalSet(arena) / residentBefore;
        output.WriteLine(
            $"{sizeof(T)} bytes, {percent} %: storage {ratio:f3}, proportional set {resident:f3}, "
            + $"{pool.SharedPageCount} guests, {maps} mappings");
        Reuse(pool, live, dead, seed);
        return Math.Max(ratio, resident);
    }

    // Frees stay exact, and new slots take nothing that lives.
    private static void Reuse<T>(Pool<T> pool, List<nint> live, List<nint> dead, int seed)
        where T : unmanaged
    {
        for (var i = 0; i < dead.Count; i += 1000)
        {
            var slot = dead[i];
            Assert.Throws<InvalidFreeException>(() => pool.Free((T*)slot));
        }
        HashSet<nint> all = [.. live];
        for (var i = 0; i < 50_000; i++)
        {
            var slot = (nint)pool.Allocate();
            Assert.True(all.Add(slot), $"seed {seed}: a slot was given out twice");
            Write(slot, sizeof(T));
        }
        foreach (var slot in all)
            Check(slot, sizeof(T), seed);
        foreach (var slot in all)
            pool.Free((T*)slot);
        Assert.Equal(0, pool.LiveCount);
    }

    private static void Write(nint slot, int byteCount) =>
        new Span<byte>((void*)slot, byteCount).Fill((byte)(slot / 8 * 31 >> 3));

    private static void Check(nint slot, int byteCount, int seed) => Assert.False(
        new Span<byte>((void*)slot, byteCount).ContainsAnyExcept((byte)(slot / 8 * 31 >> 3)),
        $"seed {seed}: 0x{slot:x} changed");

    private static long ProportionalSet(PageArena arena)
    {
        var (first, byteCount) = arena.Reservation;
        long sum = 0;
        var isInside = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.IndexOf('-') is > 0 and < 20 && line.Contains(' ') && !line.Contains("kB"))
            {
                var start = nuint.Parse(line.AsSpan(0, line.IndexOf('-')), System.Globalization.NumberStyles.HexNumber);
                isInside = start >= first && start < first + byteCount;
            }
            else if (isInside && line.StartsWith("Pss:", StringComparison.Ordinal))
            {
                sum += long.Parse(line.AsSpan(4).Trim(" kB"));
            }
        }
        return sum;
    }
}
