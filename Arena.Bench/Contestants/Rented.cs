namespace Arena.Bench.Contestants;

/// <summary>A byte array as a struct, see <see cref="ISlots{TSlot}"/>.</summary>
internal readonly record struct Rented(byte[] Bytes);
