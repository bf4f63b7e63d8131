using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Tests.Native;

/// <summary>A driver's calls, through the 48 bytes that Vulkan takes.</summary>
public sealed unsafe class VulkanCallbacksTests : IDisposable
{
    private const int Command = 0;
    private const int Object = 1;
    private const int Device = 3;

    private readonly PageArena _arena = new(new PageArenaOptions { Name = "game", BudgetBytes = 16 << 20 });
    private readonly Heap _heap;
    private readonly VulkanCallbacks _driver;
    private readonly VulkanAllocationCallbacks _calls;

    public VulkanCallbacksTests()
    {
        _heap = new Heap(_arena, "driver");
        _driver = new VulkanCallbacks(_heap);
        _calls = _driver.Callbacks;
    }

    public void Dispose()
    {
        _driver.Dispose();
        _arena.Dispose();
    }

    [Fact]
    public void The_struct_is_VkAllocationCallbacks_field_for_field()
    {
        Assert.Equal(48, sizeof(VulkanAllocationCallbacks));
        var fields = Unsafe.BitCast<VulkanAllocationCallbacks, Fields>(_calls);
        Assert.Equal((nint)_calls.UserData, fields.PUserData);
        Assert.Equal((nint)_calls.Allocation, fields.PfnAllocation);
        Assert.Equal((nint)_calls.Reallocation, fields.PfnReallocation);
        Assert.Equal((nint)_calls.Free, fields.PfnFree);
        Assert.Equal((nint)_calls.InternalAllocation, fields.PfnInternalAllocation);
        Assert.Equal((nint)_calls.InternalFree, fields.PfnInternalFree);
        Assert.Equal(6, new[]
        {
            fields.PUserData, fields.PfnAllocation, fields.PfnReallocation, fields.PfnFree,
            fields.PfnInternalAllocation, fields.PfnInternalFree,
        }.Distinct().Count(pointer => pointer != 0));
    }

    [Fact]
    public void Alignment_is_kept_and_so_are_contents()
    {
        for (var alignment = 1; alignment <= 65536; alignment *= 2)
        {
            var memory = (byte*)_calls.Allocation(_calls.UserData, 1000, (nuint)alignment, Object);
            Assert.Equal(0u, (nuint)memory % (nuint)alignment);
            new Span<byte>(memory, 1000).Fill(7);
            foreach (var bytes in new nuint[] { 5000, 5010, 300_000, 1000, 17 })
            {
                memory = (byte*)_calls.Reallocation(_calls.UserData, memory, bytes, (nuint)alignment, Object);
                Assert.Equal(0u, (nuint)memory % (nuint)alignment);
                Assert.False(new Span<byte>(memory, (int)nuint.Min(bytes, 1000)).ContainsAnyExcept((byte)7));
                new Span<byte>(memory, (int)bytes).Fill(7);
            }
            _calls.Free(_calls.UserData, memory);
        }
        Assert.Equal((0, 0), (_heap.LiveCount, _driver.FaultCount));
        Assert.Equal(default, _driver.Usage(VulkanScope.Object));
    }

    [Fact]
    public void Every_scope_is_counted_by_itself()
    {
        var first = _calls.Allocation(_calls.UserData, 100, 8, Command);
        var second = _calls.Allocation(_calls.UserData, 100, 8, Device);
        var third = _calls.Allocation(_calls.UserData, 200, 8, Device);
        Assert.Equal(1, _driver.Usage(VulkanScope.Command).LiveCount);
        Assert.Equal(2, _driver.Usage(VulkanScope.Device).LiveCount);
        Assert.Equal(
            _heap.UsableBytes(second) + _heap.UsableBytes(third), _driver.Usage(VulkanScope.Device).LiveBytes);
        second = _calls.Reallocation(_calls.UserData, second, 4000, 8, Object);
        Assert.Equal(1, _driver.Usage(VulkanScope.Device).LiveCount);
        Assert.Equal(_heap.UsableBytes(second), _driver.Usage(VulkanScope.Object).LiveBytes);
        _calls.Free(_calls.UserData, first);
        _calls.Free(_calls.UserData, second);
        _calls.Free(_calls.UserData, null);
        Assert.True(_calls.Reallocation(_calls.UserData, third, 0, 8, Device) == null);
        Assert.All(Enum.GetValues<VulkanScope>(), scope => Assert.Equal(default, _driver.Usage(scope)));
        Assert.Equal((0, 0u), (_driver.LiveCount, _driver.LiveBytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => _driver.Usage((VulkanScope)5));
    }

    [Fact]
    public void Memory_that_the_driver_took_elsewhere_is_counted_apart()
    {
        _calls.InternalAllocation(_calls.UserData, 4096, 0, Device);
        _calls.InternalAllocation(_calls.UserData, 1000, 0, Device);
        _calls.InternalFree(_calls.UserData, 4096, 0, Device);
        Assert.Equal(new VulkanScopeUsage(0, 0, 1000), _driver.Usage(VulkanScope.Device));
        _calls.InternalAllocation(_calls.UserData, 1000, 0, 99);
        Assert.Equal((0, 0u), (_driver.LiveCount, _driver.LiveBytes));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(4096)]
    public void Out_of_memory_leaves_the_original_in_its_scope(int alignment)
    {
        var memory = (byte*)_calls.Allocation(_calls.UserData, 1000, (nuint)alignment, Command);
        memory[999] = 3;
        Assert.True(_calls.Reallocation(_calls.UserData, memory, 64 << 20, (nuint)alignment, Device) == null);
        Assert.True(_calls.Reallocation(_calls.UserData, memory, nuint.MaxValue, (nuint)alignment, Device) == null);
        Assert.True(_calls.Allocation(_calls.UserData, nuint.MaxValue, (nuint)alignment, Device) == null);
        Assert.Equal((3, 3L), (memory[999], _driver.RefusedCount));
        Assert.Equal(1, _driver.Usage(VulkanScope.Command).LiveCount);
        Assert.Equal(0, _driver.Usage(VulkanScope.Device).LiveCount);
        _calls.Free(_calls.UserData, memory);
        Assert.Equal((default, 0), (_driver.Usage(VulkanScope.Command), _driver.FaultCount));
    }

    [Fact]
    public void What_the_driver_does_wrong_is_reported_and_changes_nothing()
    {
        var memory = (byte*)_calls.Allocation(_calls.UserData, 100, 8, Command);
        _calls.Free(_calls.UserData, memory + 16);
        Assert.True(_calls.Reallocation(_calls.UserData, memory + 16, 1000, 8, Command) == null);
        Assert.True(_calls.Reallocation(_calls.UserData, memory + 16, 1000, 64, Command) == null);
        Assert.True(_calls.Allocation(_calls.UserData, 100, 24, Command) == null);
        Assert.Equal(4, _driver.FaultCount);
        Assert.IsAssignableFrom<ArgumentException>(_driver.LastFault);
        var strange = _calls.Allocation(_calls.UserData, 100, 8, 7);
        Assert.Equal((5, 1), (_driver.FaultCount, _driver.Usage(VulkanScope.Object).LiveCount));
        _calls.Free(_calls.UserData, strange);
        _calls.Free(_calls.UserData, memory);
        _calls.Free(_calls.UserData, memory);
        Assert.Equal((6, 0), (_driver.FaultCount, _heap.LiveCount));
    }

    [Fact]
    public void A_driver_that_writes_past_the_end_is_caught_when_it_frees()
    {
        var memory = (byte*)_calls.Allocation(_calls.UserData, 100, 8, Command);
        new Span<byte>(memory, (int)_heap.UsableBytes(memory)).Fill(0xFF);
        _calls.Free(_calls.UserData, memory);
        Assert.Contains("past the end", _driver.LastFault!.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0), (_driver.FaultCount, _heap.LiveCount));
    }

    [Fact]
    public void The_other_kinds_of_client_are_not_reached_by_its_user_data()
    {
        using var library = new NativeCallbacks(_heap, "lua");
        Assert.True(NativeCallbacks.Malloc(_calls.UserData, 10) == null);
        Assert.True(_calls.Allocation(library.UserData, 10, 8, Command) == null);
        _driver.Dispose();
        Assert.True(_calls.Allocation(_calls.UserData, 10, 8, Command) == null);
        _calls.InternalFree(_calls.UserData, 10, 0, Command);
        Assert.Equal(0, _heap.LiveCount);
    }

    // Silk.NET.Vulkan.AllocationCallbacks, in its order and its names.
    private readonly record struct Fields(
        nint PUserData, nint PfnAllocation, nint PfnReallocation, nint PfnFree,
        nint PfnInternalAllocation, nint PfnInternalFree);
}
