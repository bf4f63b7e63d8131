namespace Arena.Pools;

/// <summary>The memory that a driver holds in one scope.</summary>
/// <param name="LiveCount">Allocations in the heap.</param>
/// <param name="LiveBytes">Bytes granted to them.</param>
/// <param name="InternalBytes">Bytes that the driver took elsewhere, for executable code, and reported.</param>
/// <example>
/// <code>
/// using var vulkan = new VulkanCallbacks(heap);
/// VulkanScopeUsage usage = vulkan.Usage(VulkanScope.Instance);
/// Console.WriteLine($"{usage.LiveBytes} bytes in {usage.LiveCount}");
/// </code>
/// </example>
public readonly record struct VulkanScopeUsage(int LiveCount, nuint LiveBytes, nuint InternalBytes);
