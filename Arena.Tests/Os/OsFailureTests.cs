using Arena.Os;

namespace Arena.Tests.Os;

/// <summary>A call that fails changes nothing and says what the OS said.</summary>
public sealed unsafe class OsFailureTests : IDisposable
{
    private const int TryAgain = 11;
    private const int InvalidArgument = 22;

    private readonly FailingContext _os = new();
    private readonly nuint _byteCount;
    private readonly byte* _range;

    public OsFailureTests()
    {
        _byteCount = 16 * _os.Memory.PageBytes;
        Assert.False(_os.Memory.Reserve(_byteCount, out var range).Failed);
        Assert.False(_os.Memory.Commit(range, _byteCount).Failed);
        _range = (byte*)range;
        new Span<byte>(_range, (int)_byteCount).Fill(0xA5);
        _os.Reset();
    }

    public void Dispose()
    {
        _os.Reset();
        Assert.False(_os.Memory.Release(_range, _byteCount).Failed);
        _os.Dispose();
    }

    [LinuxFact]
    public void The_calls_of_each_operation_are_known_by_name()
    {
        Assert.False(_os.Memory.Decommit(_range, _byteCount).Failed);
        Assert.Equal((0, 1, 1), (_os.CallsOf("mprotect"), _os.CallsOf("madvise"), _os.CallCount));
        Assert.False(_os.Memory.Commit(_range, _byteCount).Failed);
        Assert.False(_os.Memory.AdviseHugePages(_range, _byteCount).Failed);
        Assert.Equal((1, 2, 3), (_os.CallsOf("mprotect"), _os.CallsOf("madvise"), _os.CallCount));
        Assert.Equal(0, _os.FailedCount);
    }

    [LinuxFact]
    public void Only_the_chosen_call_fails()
    {
        _os.FailAt(2, TryAgain);
        Assert.False(_os.Memory.Commit(_range, _byteCount).Failed);
        Assert.Equal(new OsError("mprotect", TryAgain), _os.Memory.Commit(_range, _byteCount));
        Assert.False(_os.Memory.Commit(_range, _byteCount).Failed);
        Assert.Equal((3, 1), (_os.CallCount, _os.FailedCount));
    }

    [LinuxFact]
    public void A_decommit_that_fails_keeps_contents_and_access()
    {
        _os.FailAt(1, InvalidArgument);
        Assert.Equal(new OsError("madvise", InvalidArgument), _os.Memory.Decommit(_range, _byteCount));
        AssertUntouched();
    }

    [LinuxFact]
    public void A_guard_that_fails_keeps_contents_and_access()
    {
        _os.FailAt(1, InvalidArgument);
        Assert.Equal(new OsError("madvise", InvalidArgument), _os.Memory.Guard(_range));
        AssertUntouched();
    }

    [LinuxFact]
    public void A_reservation_survives_that_its_advice_and_its_first_touch_fail()
    {
        for (var n = 2; n < 7; n++)
        {
            _os.FailAt(n, times: int.MaxValue);
            Assert.False(_os.Memory.Reserve(_byteCount, out var address).Failed);
            _os.Reset();
            Assert.False(_os.Memory.Commit(address, _byteCount).Failed);
            // The first page, if it was touched and not given back.
            Assert.True(ResidentMemory.Bytes((byte*)address, _byteCount) <= _os.Memory.PageBytes);
            Assert.False(new Span<byte>(address, (int)_byteCount).ContainsAnyExcept((byte)0));
            Assert.False(_os.Memory.Release(address, _byteCount).Failed);
        }
    }

    [LinuxFact]
    public void A_failing_reservation_gives_no_address()
    {
        _os.FailAt(1);
        var error = _os.Memory.Reserve(_byteCount, out var address);
        Assert.Equal(("mmap", FailingContext.NoMemory), (error.Call, error.Code));
        Assert.True(address == null);
    }

    [LinuxFact]
    public void A_failing_release_keeps_the_range()
    {
        _os.FailAt(1, InvalidArgument);
        Assert.Equal(new OsError("munmap", InvalidArgument), _os.Memory.Release(_range, _byteCount));
        AssertUntouched();
    }

    [LinuxFact]
    public void Failing_advice_for_huge_pages_says_so_and_keeps_contents()
    {
        _os.FailAt(1, InvalidArgument);
        Assert.Equal(new OsError("madvise", InvalidArgument), _os.Memory.AdviseHugePages(_range, _byteCount));
        AssertUntouched();
    }

    [LinuxFact]
    public void The_system_saying_no_memory_names_the_limits_that_can_be_meant()
    {
        var error = VirtualMemory.Native.Commit((void*)VirtualMemory.Native.PageBytes, VirtualMemory.Native.PageBytes);
        Assert.Equal(("mprotect", FailingContext.NoMemory), (error.Call, error.Code));
        Assert.Contains("Cannot allocate memory", error.ToString(), StringComparison.Ordinal);
        foreach (var limit in new[] { "vm.max_map_count", "RLIMIT_AS", "RLIMIT_DATA", "vm.overcommit_memory" })
            Assert.Contains(limit, error.ToString(), StringComparison.Ordinal);
    }

    [LinuxFact]
    public void The_code_survives_garbage_collections_at_the_return_of_the_call()
    {
        using var done = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        });
        collector.Start();
        try
        {
            for (var i = 0; i < 300; i++)
            {
                _os.FailAt(1, TryAgain);
                Assert.Equal(TryAgain, _os.Memory.Commit(_range, _byteCount).Code);
                Assert.Equal(FailingContext.NoMemory, VirtualMemory.Native.Commit((void*)4096, 4096).Code);
            }
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }

    [LinuxFact]
    public void Contexts_of_two_threads_do_not_see_each_other()
    {
        _os.FailAt(1, times: int.MaxValue);
        var failed = true;
        var other = new Thread(() =>
        {
            using var own = new FailingContext();
            failed = own.Memory.Commit(_range, _byteCount).Failed;
        });
        other.Start();
        other.Join();
        Assert.False(failed);
        Assert.Equal(0, _os.CallCount);
    }

    private void AssertUntouched()
    {
        _os.Reset();
        Assert.True(OsContract.IsTouchable(_range), "the range cannot be read");
        Assert.False(new Span<byte>(_range, (int)_byteCount).ContainsAnyExcept((byte)0xA5), "contents were lost");
        Assert.Equal(_byteCount, ResidentMemory.Bytes(_range, _byteCount));
    }
}
