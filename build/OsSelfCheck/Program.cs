using System.Runtime.InteropServices;
using Arena.Os;
using Arena.Tests.Os;

// The contract with the operating system, checked where no test runner works. Exit code 0, or 1 if a check failed.
Console.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
var memory = VirtualMemory.Native;
var (passed, failed) = (0, 0);
var checks = OsContract.Checks.Append(("The process's working set falls with a decommit", WorkingSetFalls));
foreach (var (sentence, run) in checks)
{
    try
    {
        run(memory);
        passed++;
        Console.WriteLine($"passed  {sentence}");
    }
    catch (Exception error) when (error is InvalidOperationException or AggregateException)
    {
        failed++;
        Console.WriteLine($"FAILED  {sentence}: {error.Message}");
    }
}
Console.WriteLine($"{passed} passed, {failed} failed");
return failed == 0 ? 0 : 1;

// The counts of a range might be only what the system believes of it; this is what the whole process occupies.
static unsafe void WorkingSetFalls(VirtualMemory memory)
{
    const nuint ByteCount = 128u << 20;
    const long Almost = 96L << 20;
    _ = memory.Reserve(ByteCount, out var range);
    _ = memory.Commit(range, ByteCount);
    var empty = Environment.WorkingSet;
    new Span<byte>(range, (int)ByteCount).Fill(0xA5);
    var full = Environment.WorkingSet;
    _ = memory.Decommit(range, ByteCount);
    var given = Environment.WorkingSet;
    _ = memory.Release(range, ByteCount);
    if (full - empty < Almost || full - given < Almost)
        throw new InvalidOperationException($"{empty} bytes empty, {full} bytes full, {given} bytes decommitted");
}
