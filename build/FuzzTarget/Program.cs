using FuzzTarget;
using SharpFuzz;

// Without arguments it is what afl-fuzz starts: it plays what comes on standard input. With files it plays those, to
// look at what a fuzzer found, and with "shrink" and a file it writes a shorter one that fails too.
if (args.Length == 0)
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        OperationList.Play(bytes.ToArray());
    });
    return 0;
}
if (args is ["shrink", var failing])
{
    var shorter = Shrinker.Shrink(File.ReadAllBytes(failing));
    File.WriteAllBytes(failing + ".short", shorter);
    Console.WriteLine($"{failing}.short: {shorter.Length} bytes");
    return 0;
}
foreach (var path in args)
{
    var operations = OperationList.Play(File.ReadAllBytes(path));
    Console.WriteLine($"{path}: {operations} operations");
}
return 0;
