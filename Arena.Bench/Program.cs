using Arena.Bench.CodeSize;
using Arena.Bench.Peaks;
using Arena.Bench.Quick;
using Arena.Bench.Soak;
using Arena.Bench.Traces;
using BenchmarkDotNet.Running;

switch (args)
{
    case ["--quick", .. var rest]:
        return QuickRun.Start(rest);
    case ["--traces", .. var rest]:
        return TraceRun.Start(rest);
    case [MemoryReplay.Option, var word, var trace]:
        return MemoryReplay.Serve(word, trace);
    case ["--code-size", .. var rest]:
        return CodeSizeRun.Start(rest);
    case [CodeSizeRun.ChildOption, var seconds, var watched]:
        return CodeSizeRun.Serve(seconds, watched);
    case ["--soak", .. var rest]:
        return SoakRun.Start(rest);
    case ["--survivors"]:
        return SurvivorRun.Start();
    case ["--chart", var report, var picture]:
        Chart.Write(Report.Read(report), picture);
        return 0;
}

// A dry job only proves that every benchmark runs, once. In this process it takes seconds; building and starting a
// program for each, as measuring needs, takes minutes and proves no more.
var dry = args.Contains("dry", StringComparer.OrdinalIgnoreCase);
var arguments = dry ? [.. args, "--inProcess"] : args;
var summaries = BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(arguments);
return summaries.Any(s => s.HasCriticalValidationErrors || s.Reports.Any(r => !r.Success)) ? 1 : 0;
