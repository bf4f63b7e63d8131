using Arena.Bench.Quick;
using BenchmarkDotNet.Running;

if (args is ["--quick", .. var rest])
{
    var json = Array.IndexOf(rest, "--json");
    var workloads = json < 0 ? rest : rest[..json];
    if (json >= 0 && json != rest.Length - 2)
    {
        Console.Error.WriteLine("--quick [WORKLOAD...] [--json FILE]");
        return 2;
    }
    return QuickRun.Run(workloads, json < 0 ? null : rest[^1]);
}
BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args);
return 0;
