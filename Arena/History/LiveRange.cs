namespace Arena;

/// <summary>A live allocation, as its user knows it.</summary>
internal readonly record struct LiveRange(nuint Address, nuint ByteCount, Allocator Owner);
