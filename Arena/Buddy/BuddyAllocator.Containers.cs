namespace Arena;

// What containers know it by.
public sealed unsafe partial class BuddyAllocator
{
    /// <summary>Its handle, for a container.</summary>
    /// <exception cref="ArgumentNullException">The allocator is null.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(BuddyAllocator buddy) => HandleOf(buddy);
}
