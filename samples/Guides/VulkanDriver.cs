using System.Runtime.CompilerServices;
using Arena;
using Arena.Pools;
using Silk.NET.Vulkan;

namespace Guides;

/// <summary>A Vulkan driver whose memory on the processor's side is in a heap.</summary>
internal static unsafe class VulkanDriver
{
    private const int Buffers = 100;

    public static void Play(string[] arguments, TextWriter output)
    {
        using var arena = new PageArena("game");
        using var heap = new SharedHeap(arena, "driver");    // a driver may call from threads of its own
        using var driver = new VulkanCallbacks(heap);
        using var vulkan = Load();
        if (vulkan is null || !MakeInstance(vulkan, driver, out var instance))
        {
            output.WriteLine(
                "Skipped: there is no Vulkan (Debian, Ubuntu: apt-get install mesa-vulkan-drivers libvulkan1).");
            return;
        }
        UseDevice(vulkan, driver, instance, output);
        #region close
        var callbacks = Callbacks(driver);
        vulkan.DestroyInstance(instance, in callbacks);
        output.WriteLine($"After vkDestroyInstance: {driver.LiveCount} allocations, {driver.FaultCount} faults.");
        #endregion
    }

    #region callbacks
    // Silk.NET has a struct of its own for these 48 bytes.
    private static AllocationCallbacks Callbacks(VulkanCallbacks driver) =>
        Unsafe.BitCast<VulkanAllocationCallbacks, AllocationCallbacks>(driver.Callbacks);

    private static bool MakeInstance(Vk vulkan, VulkanCallbacks driver, out Instance instance)
    {
        var callbacks = Callbacks(driver);
        var application = new ApplicationInfo(apiVersion: Vk.Version11);
        var info = new InstanceCreateInfo(pApplicationInfo: &application);
        return vulkan.CreateInstance(in info, in callbacks, out instance) == Result.Success;
    }
    #endregion

    private static Vk? Load()
    {
        try
        {
            return Vk.GetApi();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static void UseDevice(Vk vulkan, VulkanCallbacks driver, Instance instance, TextWriter output)
    {
        uint count = 1;
        PhysicalDevice physical;
        if (vulkan.EnumeratePhysicalDevices(instance, &count, &physical) < 0 || count == 0)
        {
            output.WriteLine("Skipped: there is no device (Debian, Ubuntu: apt-get install mesa-vulkan-drivers).");
            return;
        }
        var callbacks = Callbacks(driver);
        var priority = 1f;
        var queue = new DeviceQueueCreateInfo(queueFamilyIndex: 0, queueCount: 1, pQueuePriorities: &priority);
        var info = new DeviceCreateInfo(queueCreateInfoCount: 1, pQueueCreateInfos: &queue);
        Check(vulkan.CreateDevice(physical, in info, in callbacks, out var device));

        #region buffers
        var buffers = stackalloc Silk.NET.Vulkan.Buffer[Buffers];
        var wanted = new BufferCreateInfo(size: 65536, usage: BufferUsageFlags.VertexBufferBit);
        for (var i = 0; i < Buffers; i++)
            Check(vulkan.CreateBuffer(device, in wanted, in callbacks, out buffers[i]));
        foreach (var scope in Enum.GetValues<VulkanScope>())
        {
            var usage = driver.Usage(scope);
            output.WriteLine($"{scope,-8} {usage.LiveCount,6} allocations {usage.LiveBytes >> 10,6} KiB");
        }
        for (var i = 0; i < Buffers; i++)
            vulkan.DestroyBuffer(device, buffers[i], in callbacks);
        #endregion
        vulkan.DestroyDevice(device, in callbacks);
    }

    private static void Check(Result result)
    {
        if (result != Result.Success)
            throw new InvalidOperationException($"The driver refuses: {result}.");
    }
}
