namespace GameLoop.Options;

/// <summary>Which options go together. An option that would change nothing is refused.</summary>
internal static class OptionRules
{
    private static readonly string[] World = ["--backend", "--entities", "--frames", "--seed"];

    // Each of these is played in place of the race, and shows or writes one thing.
    private static readonly (string Name, Func<RunOptions, bool> IsOn, string What, string[] Uses)[] Modes =
    [
        ("--levels", o => o.Levels > 0, "plays level changes and shows one table", ["--backend", "--seed"]),
        ("--rollback", o => o.Rollback > 0, "plays the sync test and shows one table", World),
        ("--still", o => o.StillPath is not null, "plays the arena backend and writes one picture", World),
        (
            "--view", o => o.Views, "shows the running game and writes nothing",
            [.. World, "--threads", "--sectors", "--gc-settings", "--leak"]),
    ];

    /// <summary>Null, or why options that are valid alone cannot be combined.</summary>
    public static string? WhyNotTogether(RunOptions options)
    {
        foreach (var mode in Modes)
        {
            if (mode.IsOn(options)
                && options.Given.FirstOrDefault(name => name != mode.Name && !mode.Uses.Contains(name)) is { } unused)
                return $"{unused}: {mode.Name} {mode.What}; leave {unused} out";
        }
        if (options.StillPath is not null && !options.Backends.Contains(Backend.Arena))
            return "--still: the picture is of the arena backend; give --backend arena or all";
        if (options is { Rollback: > 0, Backends: [Backend.Malloc] })
            return "--rollback: malloc has no way back; give --backend arena, gc or all";
        return WhyNotInRace(options);
    }

    private static string? WhyNotInRace(RunOptions options)
    {
        if (options.Sectors > options.Entities)
        {
            return $"--sectors: {options.Sectors} sectors of {options.Entities} entities would leave some empty; "
                + $"give at most {options.Entities}";
        }
        if (options is { Sectors: > 1, Threads: > 1 })
            return "--threads: a job system steps one world; leave --sectors out";
        if (options.Threads > 1 && !options.Backends.Contains(Backend.Arena))
            return "--threads: the job system runs on arena; give --backend arena or all";
        if (options is { Threads: > 1, LeakRate: > 0 })
            return "--threads: the job system forgets nothing; leave --leak out";
        if (options.ComparesGcSettings && !options.Backends.Contains(Backend.Gc))
            return "--gc-settings: only the gc backend has them; give --backend gc or all";
        if (options.MetricsPort is not null && !options.Backends.Contains(Backend.Arena))
            return "--metrics: only the arena backend has metrics; give --backend arena or all";
        if (options.ServePort is not null && !options.Backends.Contains(Backend.Arena))
            return "--serve: only the arena backend has memory to show; give --backend arena or all";
        if (options.CapturePath is not null && !options.Backends.Contains(Backend.Arena))
            return "--capture: only the arena backend has memory to capture; give --backend arena or all";
        return WhySameFile(options);
    }

    private static string? WhySameFile(RunOptions options)
    {
        (string Name, string? Path)[] files =
            [("--json", options.JsonPath), ("--report", options.ReportPath), ("--capture", options.CapturePath)];
        foreach (var (name, path) in files)
        {
            foreach (var (other, otherPath) in files)
            {
                if (name != other && path is not null && otherPath is not null && OutputFile.AreSame(path, otherPath))
                    return $"{other}: '{otherPath}' is the file of {name} too; give another";
            }
        }
        return null;
    }
}
