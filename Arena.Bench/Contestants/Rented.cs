namespace Arena.Bench.Contestants;

/// <summary>A byte array as a struct, see <see cref="Workloads.ISlots{TSlot}"/>.</summary>
internal readonly record struct Rented(byte[] Bytes);
