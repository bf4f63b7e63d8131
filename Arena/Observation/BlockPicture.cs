namespace Arena;

/// <summary>A block of the arena, and its use by the allocator that holds it.</summary>
/// <param name="Address">The first byte of the block.</param>
/// <param name="ByteCount">The bytes of the block.</param>
/// <param name="CapacityBytes">The most bytes of it that can be allocated; 0 for tables.</param>
/// <param name="SlotBytes">Bytes from one slot to the next; 0 if sizes vary.</param>
internal readonly record struct BlockPicture(nuint Address, nuint ByteCount, nuint CapacityBytes, nuint SlotBytes);
