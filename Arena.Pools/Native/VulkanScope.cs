namespace Arena.Pools;

/// <summary>The time for which a driver keeps an allocation: <c>VkSystemAllocationScope</c>, value for value.</summary>
/// <example>
/// <code>
/// using var vulkan = new VulkanCallbacks(heap);
/// foreach (var scope in Enum.GetValues&lt;VulkanScope&gt;())
///     Console.WriteLine($"{scope}: {vulkan.Usage(scope)}");
/// </code>
/// </example>
public enum VulkanScope
{
    /// <summary>For the duration of the Vulkan command.</summary>
    Command = 0,

    /// <summary>For the lifetime of an object.</summary>
    // CA1720: Vulkan's word.
#pragma warning disable CA1720
    Object = 1,
#pragma warning restore CA1720

    /// <summary>For the lifetime of a pipeline or validation cache.</summary>
    Cache = 2,

    /// <summary>For the lifetime of the device.</summary>
    Device = 3,

    /// <summary>For the lifetime of the instance.</summary>
    Instance = 4,
}
