using System.Runtime.InteropServices;
using Arena.Os;
using Microsoft.Win32.SafeHandles;

namespace Arena.Tests.Os;

/// <summary>
/// The contract of <see cref="VirtualMemory"/> as checks that need no test framework: the tests run them, and so does
/// build/OsSelfCheck where no test runner goes. A check throws if the contract is broken.
/// </summary>
internal static unsafe class OsContract
{
    private const int PageCount = 64;
    private const nuint Gibibyte = 1u << 30;
    private static readonly nuint ManyBytes = Gibibyte << 6;

    public static (string Sentence, Action<VirtualMemory> Run)[] Checks { get; } =
    [
        ("A page is a power of two of at least 4,096 bytes", PageIsAPowerOfTwo),
        ("Reserved addresses are page-aligned, cannot be touched and have no storage", ReservedIsUntouchable),
        ("Committed pages read as zero and keep what is written", CommittedPagesKeepWhatIsWritten),
        ("Committing a page again keeps its contents", CommittingAgainKeepsContents),
        ("Decommit gives the storage back, and its pages fault or read as zero", DecommitGivesStorageBack),
        ("Decommitted pages read as zero when they are committed again", DecommittedPagesComeBackZero),
        ("Decommit leaves the neighbouring pages alone", DecommitLeavesNeighboursAlone),
        ("A guard makes one page untouchable, and goes", GuardMakesOnePageUntouchable),
        ("A guard that overlays stays over commits and decommits around it", OverlayingGuardStays),
        ("Huge page advice changes no contents", HugePageAdviceChangesNothing),
        ("Reserving 64 GiB costs no storage, and its last page works", ReservingCostsNothing),
        ("Released addresses can be reserved again without end", ReleaseReturnsAddresses),
        ("Threads commit and decommit beside one another", ThreadsWorkSideBySide),
        ("An error carries the system's code and text", ErrorsCarryCodeAndText),
        ("An impossible reservation fails and gives no address", ImpossibleReservationFails),
    ];

    private static void PageIsAPowerOfTwo(VirtualMemory memory)
    {
        Expect(nuint.IsPow2(memory.PageBytes) && memory.PageBytes >= 4096, $"PageBytes is {memory.PageBytes}");
        Expect(memory.HugePageBytes % memory.PageBytes == 0, $"HugePageBytes is {memory.HugePageBytes}");
    }

    private static void ReservedIsUntouchable(VirtualMemory memory)
    {
        using var range = new Range(memory, PageCount * memory.PageBytes);
        Expect((nuint)range.Address % memory.PageBytes == 0, "the address is not page-aligned");
        Expect(!IsTouchable(range.Address), "the first byte can be read");
        Expect(!IsTouchable(range.Address + range.ByteCount - 1), "the last byte can be read");
        Expect(range.ResidentBytes == 0, $"{range.ResidentBytes} bytes are resident");
    }

    private static void CommittedPagesKeepWhatIsWritten(VirtualMemory memory)
    {
        using var range = new Range(memory, PageCount * memory.PageBytes);
        Succeed(memory.Commit(range.Address, range.ByteCount));
        Expect(!range.Span.ContainsAnyExcept((byte)0), "fresh pages are not zero");
        range.Span.Fill(0xA5);
        Expect(!range.Span.ContainsAnyExcept((byte)0xA5), "the written bytes are not read back");
        Expect(range.ResidentBytes == range.ByteCount, $"{range.ResidentBytes} bytes are resident");
    }

    private static void CommittingAgainKeepsContents(VirtualMemory memory)
    {
        using var range = new Range(memory, PageCount * memory.PageBytes);
        Succeed(memory.Commit(range.Address, memory.PageBytes));
        range.Address[0] = 1;
        Succeed(memory.Commit(range.Address, range.ByteCount));
        Expect(range.Address[0] == 1, "the contents are lost");
    }

    private static void DecommitGivesStorageBack(VirtualMemory memory)
    {
        using var range = new Range(memory, PageCount * memory.PageBytes);
        Succeed(memory.Commit(range.Address, range.ByteCount));
        range.Span.Fill(0xA5);
        Succeed(memory.Decommit(range.Address, range.ByteCount));
        Expect(range.ResidentBytes == 0, $"{range.ResidentBytes} bytes are still resident");
        if (memory.DecommitKeepsAccess)
        {
            Expect(!range.Span.ContainsAnyExcept((byte)0), "old bytes can be read");
            return;
        }
        Expect(!IsTouchable(range.Address), "the first byte can be read");
        Expect(!IsTouchable(range.Address + range.ByteCount - 1), "the last byte can be read");
    }

    private static void DecommittedPagesComeBackZero(VirtualMemory memory)
    {
        using var range = new Range(memory, PageCount * memory.PageBytes);
        for (var round = 0; round < 3; round++)
        {
            Succeed(memory.Commit(range.Address, range.ByteCount));
            Expect(!range.Span.ContainsAnyExcept((byte)0), $"old bytes reappear in round {round}");
            range.Span.Fill(0xA5);
            Succeed(memory.Decommit(range.Address, range.ByteCount));
        }
    }

    private static void DecommitLeavesNeighboursAlone(VirtualMemory memory)
    {
        var pageBytes = memory.PageBytes;
        using var range = new Range(memory, PageCount * pageBytes);
        Succeed(memory.Commit(range.Address, range.ByteCount));
        range.Span.Fill(0xA5);
        Succeed(memory.Decommit(range.Address + pageBytes, pageBytes));
        Expect(range.ResidentBytes == range.ByteCount - pageBytes, $"{range.ResidentBytes} bytes are resident");
        Expect(range.Address[pageBytes - 1] == 0xA5, "the page before it lost its last byte");
        Expect(range.Address[2 * pageBytes] == 0xA5, "the page after it lost its first byte");
    }

    private static void GuardMakesOnePageUntouchable(VirtualMemory memory)
    {
        var pageBytes = memory.PageBytes;
        using var range = new Range(memory, PageCount * pageBytes);
        Succeed(memory.Commit(range.Address, range.ByteCount));
        range.Span.Fill(0xA5);
        var guard = range.Address + pageBytes;
        Succeed(memory.Guard(guard));
        Expect(!IsTouchable(guard), "its first byte can be read");
        Expect(!IsTouchable(guard + pageBytes - 1), "its last byte can be read");
        Expect(range.ResidentBytes == range.ByteCount - pageBytes, $"{range.ResidentBytes} bytes are resident");
        Expect(guard[-1] == 0xA5 && guard[pageBytes] == 0xA5, "a neighbour lost its contents");
        Succeed(memory.Commit(guard, pageBytes));
        Succeed(memory.Unguard(range.Address, range.ByteCount));
        Expect(!new Span<byte>(guard, (int)pageBytes).ContainsAnyExcept((byte)0), "it does not come back as zero");
        Expect(guard[-1] == 0xA5 && guard[pageBytes] == 0xA5, "a neighbour lost its contents when it went");
    }

    private static void OverlayingGuardStays(VirtualMemory memory)
    {
        if (!memory.GuardsOverlay)
            return;
        using var range = new Range(memory, PageCount * memory.PageBytes);
        Succeed(memory.Guard(range.Address + memory.PageBytes));
        Succeed(memory.Commit(range.Address, range.ByteCount));
        Expect(!IsTouchable(range.Address + memory.PageBytes), "a commit ended it");
        Succeed(memory.Decommit(range.Address, range.ByteCount));
        Expect(!IsTouchable(range.Address + memory.PageBytes), "a decommit ended it");
        Expect(IsTouchable(range.Address + 2 * memory.PageBytes), "it reaches farther");
    }

    private static void HugePageAdviceChangesNothing(VirtualMemory memory)
    {
        var byteCount = nuint.Max(4 * memory.HugePageBytes, PageCount * memory.PageBytes);
        using var range = new Range(memory, byteCount);
        Succeed(memory.Commit(range.Address, byteCount));
        range.Address[0] = 1;
        Succeed(memory.AdviseHugePages(range.Address, byteCount));
        if (memory.HugePageBytes != 0)
            Succeed(memory.AdviseSmallPages(range.Address, memory.HugePageBytes));
        Expect(range.Address[0] == 1, "the contents are lost");
        Expect(!range.Span[1..].ContainsAnyExcept((byte)0), "fresh pages are not zero");
    }

    private static void ReservingCostsNothing(VirtualMemory memory)
    {
        using var range = new Range(memory, ManyBytes);
        for (nuint at = 0; at < range.ByteCount; at += Gibibyte)
        {
            var resident = ResidentMemory.Bytes(range.Address + at, PageCount * memory.PageBytes);
            Expect(resident == 0, $"{resident} bytes are resident {at} bytes into it");
        }
        var last = range.Address + range.ByteCount - memory.PageBytes;
        Succeed(memory.Commit(last, memory.PageBytes));
        new Span<byte>(last, (int)memory.PageBytes).Fill(0xA5);
        Expect(ResidentMemory.Bytes(last, memory.PageBytes) == memory.PageBytes, "the last page is not resident");
    }

    // 4,096 times 64 GiB is 256 TiB, twice what a process can address: kept addresses would run out.
    private static void ReleaseReturnsAddresses(VirtualMemory memory)
    {
        for (var i = 0; i < 4096; i++)
        {
            Succeed(memory.Reserve(ManyBytes, out var address));
            Succeed(memory.Release(address, ManyBytes));
        }
    }

    private static void ThreadsWorkSideBySide(VirtualMemory memory)
    {
        const int ThreadCount = 4;
        var pageBytes = memory.PageBytes;
        using var range = new Range(memory, ThreadCount * PageCount * pageBytes);
        var start = range.Address;
        Parallel.For(0, ThreadCount, new ParallelOptions { MaxDegreeOfParallelism = ThreadCount }, thread =>
        {
            var mine = start + (nuint)thread * PageCount * pageBytes;
            for (var round = 0; round < 25; round++)
            {
                Succeed(memory.Commit(mine, PageCount * pageBytes));
                var span = new Span<byte>(mine, (int)(PageCount * pageBytes));
                Expect(!span.ContainsAnyExcept((byte)0), "old or foreign bytes appear");
                span.Fill((byte)(thread + 1));
                Expect(!span.ContainsAnyExcept((byte)(thread + 1)), "foreign bytes appear");
                Succeed(memory.Decommit(mine, PageCount * pageBytes));
            }
        });
    }

    // Nothing is ever mapped at the second page of the address space.
    private static void ErrorsCarryCodeAndText(VirtualMemory memory)
    {
        var error = memory.Commit((void*)memory.PageBytes, memory.PageBytes);
        Expect(error.Failed, "a commit outside every reservation succeeds");
        var text = Marshal.GetPInvokeErrorMessage(error.Code);
        Expect(error.Code != 0 && text.Length > 0, $"the code is {error.Code}, its text '{text}'");
        Expect(error.ToString().Contains($"{error.Code} ({text}", StringComparison.Ordinal), error.ToString());
    }

    private static void ImpossibleReservationFails(VirtualMemory memory)
    {
        var byteCount = nuint.MaxValue & ~(memory.PageBytes - 1);
        var error = memory.Reserve(byteCount, out var address);
        Expect(error.Failed && error.Code != 0, $"reserving {byteCount} bytes says: {error}");
        Expect(address == null, "there is an address all the same");
    }

    /// <summary>
    /// Returns whether the kernel can read the byte for us: unlike our own read, failure is an error code, not a crash.
    /// </summary>
    public static bool IsTouchable(byte* address)
    {
        var path = Path.GetTempFileName();
        using SafeFileHandle file = File.OpenHandle(path, access: FileAccess.Write, options: FileOptions.DeleteOnClose);
        RandomAccess.Write(file, [1], 0);
        try
        {
            RandomAccess.Write(file, new ReadOnlySpan<byte>(address, 1), 0);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Succeed(OsError error) => Expect(!error.Failed, error.ToString());

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private sealed class Range : IDisposable
    {
        private readonly VirtualMemory _memory;

        public Range(VirtualMemory memory, nuint byteCount)
        {
            _memory = memory;
            ByteCount = byteCount;
            Succeed(memory.Reserve(byteCount, out var address));
            Address = (byte*)address;
        }

        public byte* Address { get; }

        public nuint ByteCount { get; }

        public nuint ResidentBytes => ResidentMemory.Bytes(Address, ByteCount);

        public Span<byte> Span => new(Address, checked((int)ByteCount));

        public void Dispose() => Succeed(_memory.Release(Address, ByteCount));
    }
}
