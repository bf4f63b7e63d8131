namespace Arena.Diagnostics;

/// <summary>Memory of the process that is captured, at a moment.</summary>
/// <param name="Seconds">The moment.</param>
/// <param name="ResidentBytes">Bytes that are in main memory, of everything in the process.</param>
/// <param name="ManagedBytes">Bytes on the garbage-collected heap.</param>
public readonly record struct CaptureProcess(double Seconds, long ResidentBytes, long ManagedBytes);
