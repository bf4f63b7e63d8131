namespace Arena.Diagnostics;

/// <summary>Memory of the captured process at a moment.</summary>
/// <param name="Seconds">The moment.</param>
/// <param name="ResidentBytes">Bytes of the whole process that are in main memory.</param>
/// <param name="ManagedBytes">Bytes on the garbage-collected heap.</param>
/// <example>
/// <code>
/// CaptureProcess last = capture.Process[^1];
/// Console.WriteLine($"{last.ResidentBytes} bytes resident, {last.ManagedBytes} on the managed heap");
/// </code>
/// </example>
public readonly record struct CaptureProcess(double Seconds, long ResidentBytes, long ManagedBytes);
