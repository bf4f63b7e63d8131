namespace Arena.Pools;

/// <summary>What a driver holds in one scope.</summary>
/// <param name="LiveCount">Allocations in the heap.</param>
/// <param name="LiveBytes">Bytes granted to them.</param>
/// <param name="InternalBytes">
/// Bytes that the driver took elsewhere, for code that it must be able to execute, and told of.
/// </param>
public readonly record struct VulkanScopeUsage(int LiveCount, nuint LiveBytes, nuint InternalBytes);
