namespace Arena;

/// <summary>A block of the arena, as used by the allocator that holds it.</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="ByteCount">Its bytes.</param>
/// <param name="CapacityBytes">The most bytes of it that can be allocated; 0 for tables.</param>
/// <param name="SlotBytes">Bytes from one slot to the next; 0 where sizes vary.</param>
internal readonly record struct BlockPicture(nuint Address, nuint ByteCount, nuint CapacityBytes, nuint SlotBytes);
