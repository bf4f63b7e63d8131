using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Arena.Bench.Quick;

namespace Arena.Bench.CodeSize;

/// <summary>
/// Fails if a hot path's machine code grew by more than a tenth, or if an observer that came and went left a trace
/// in it: <c>--code-size [--show METHOD | --write FILE]</c>.
/// </summary>
/// <remarks>
/// The code is that of Tier-1, as a game runs it, but without profiles, so that it is the same in every run: a child
/// process calls the methods of <see cref="HotPaths"/> until the JIT has shown all of them.
/// </remarks>
internal static class CodeSizeRun
{
    public const string ChildOption = "--code-size-child";
    private const string Usage = "--code-size [--show METHOD | --write FILE]";
    private const double MostGrowth = 1.1;
    private const int Failed = 1;
    private const int Refused = 2;

    // A busy machine's JIT comes late.
    private static readonly int[] SecondsToTry = [1, 5, 30];

    public static int Start(string[] arguments)
    {
        if (arguments is not ([] or ["--show" or "--write", _]))
            return Refuse(Usage);
        if (!ReleaseBuild.IsThis)
            return Refuse(ReleaseBuild.Remedy);
        var listings = Compile(watched: false);
        if (listings is null)
            return Refuse("The JIT did not show the final code of every path; is the machine very busy?");
        switch (arguments)
        {
            case ["--show", var method]:
                Console.WriteLine(listings.Find(l => l.Name == method)?.Text ?? $"There is no {method}.");
                return 0;
            case ["--write", var file]:
                Baseline.Of(RuntimeInformation.FrameworkDescription, listings).Write(file);
                return 0;
        }
        var grew = Compare(listings);
        var differs = CompareObserved(listings);
        return grew || differs ? Failed : 0;
    }

    /// <summary>Runs the child's side: for some seconds, optionally after an observer came and went.</summary>
    public static int Serve(string seconds, string watched)
    {
        HotPathCalls.Run(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)), bool.Parse(watched));
        return 0;
    }

    private static bool Compare(List<MethodListing> listings)
    {
        var baseline = Baseline.Read(Path.Combine(AppContext.BaseDirectory, "CodeSize", "baseline.txt"));
        var now = Baseline.Of(RuntimeInformation.FrameworkDescription, listings);
        Console.WriteLine($"{now.Runtime}; {now.Target}");
        var comparable = (now.Runtime, now.Target) == (baseline.Runtime, baseline.Target);
        if (!comparable)
            Console.WriteLine($"Not compared: the baseline is of {baseline.Runtime}; {baseline.Target}.");
        Console.WriteLine("  hot path              bytes (baseline)   instructions (baseline)");
        var grew = false;
        foreach (var (name, size) in now.Sizes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var known = baseline.Sizes.TryGetValue(name, out var before);
            var grows = known && (Grows(size.Bytes, before.Bytes) || Grows(size.Instructions, before.Instructions));
            var verdict = !comparable ? "" : !known ? "not in the baseline: --write it" : grows ? "GREW" : "";
            grew |= comparable && (grows || !known);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"  {name,-20} {size.Bytes,6} {$"({before.Bytes})",10} ")
                + string.Create(
                    CultureInfo.InvariantCulture, $"{size.Instructions,12} {$"({before.Instructions})",8}  {verdict}"));
        }
        return grew;
    }

    private static bool Grows(int now, int before) => now > MostGrowth * before;

    private static bool CompareObserved(List<MethodListing> listings)
    {
        var watched = Compile(watched: true);
        if (watched is null)
            return true;
        var differing = listings.Where(l => watched.Find(w => w.Name == l.Name)?.Text != l.Text).Select(l => l.Name);
        var names = string.Join(", ", differing);
        Console.WriteLine(
            names.Length == 0
                ? "After an observer came and went: the same instructions in every path."
                : $"After an observer came and went, other instructions in {names}.");
        return names.Length != 0;
    }

    private static List<MethodListing>? Compile(bool watched)
    {
        const BindingFlags paths = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var names = typeof(HotPaths).GetMethods(paths).Select(m => m.Name).ToArray();
        foreach (var seconds in SecondsToTry)
        {
            var listings = Compile(seconds, watched);
            // For a method that was compiled again, the last listing counts.
            var final = listings.Where(l => names.Contains(l.Name)).GroupBy(l => l.Name).Select(g => g.Last()).ToList();
            if (final.Count == names.Length)
                return final;
        }
        return null;
    }

    private static List<MethodListing> Compile(int seconds, bool watched)
    {
        var file = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!)
            {
                // The output is not judged here, and in CI's log it would look like a failure.
                RedirectStandardOutput = true,
            };
            if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
                start.ArgumentList.Add(typeof(CodeSizeRun).Assembly.Location);
            start.ArgumentList.Add(ChildOption);
            start.ArgumentList.Add(seconds.ToString(CultureInfo.InvariantCulture));
            start.ArgumentList.Add(watched.ToString());
            start.Environment["DOTNET_JitDisasm"] = $"*{nameof(HotPaths)}:*";
            start.Environment["DOTNET_JitStdOutFile"] = file;
            start.Environment["DOTNET_TieredCompilation"] = "1";
            start.Environment["DOTNET_TieredPGO"] = "0";
            start.Environment["DOTNET_TC_CallCountingDelayMs"] = "0";
            // It changes nothing here, and without it the baseline holds on more machines.
            start.Environment["DOTNET_EnableAVX512"] = "0";
            using var child = Process.Start(start)!;
            child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            return MethodListing.ReadAll(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return Refused;
    }
}
