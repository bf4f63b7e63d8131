namespace Arena;

// The allocator as an allocator of containers.
/// <example>
/// <code>
/// using var textures = new BuddyAllocator(arena, 64 &lt;&lt; 20, name: "textures");
/// var pixels = textures.AllocateSpan&lt;byte&gt;(256 * 256 * 4);
/// textures.FreeSpan(pixels);
/// </code>
/// </example>
public sealed unsafe partial class BuddyAllocator
{
    /// <summary>Returns the allocator's handle, for a container.</summary>
    /// <exception cref="ArgumentNullException">The allocator is null.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(BuddyAllocator buddy) => HandleOf(buddy);
}
