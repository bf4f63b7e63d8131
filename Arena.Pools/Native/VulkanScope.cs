namespace Arena.Pools;

/// <summary>How long a driver means to keep an allocation: <c>VkSystemAllocationScope</c>, value for value.</summary>
public enum VulkanScope
{
    /// <summary>As long as the command that asks.</summary>
    Command = 0,

    /// <summary>As long as an object.</summary>
    // CA1720: Vulkan's word.
#pragma warning disable CA1720
    Object = 1,
#pragma warning restore CA1720

    /// <summary>As long as a pipeline or validation cache.</summary>
    Cache = 2,

    /// <summary>As long as the device.</summary>
    Device = 3,

    /// <summary>As long as the instance.</summary>
    Instance = 4,
}
