using DiagnosticsChild;

// A process for tests to kill, to inspect, or to see survive: it does one thing until it is done or ended.
switch (args)
{
    case ["sample", var path]:
        Children.Sample(path);
        return 0;
    case ["record", var path]:
        Children.Record(path);
        return 0;
    case ["write", var path]:
        return Children.Write(path);
    case ["play"]:
        Children.Play();
        return 0;
    case ["limited"]:
        Children.TrackWhereAddressesAreLimited();
        return 0;
    case ["fragmented", var kind]:
        Fragmented.Run(kind);
        return 0;
    case ["misuse", var allocator, var misuse, var path]:
        return GuardedMisuse.Run(allocator, misuse, path);
    case ["simulate", var place, var frames, var wrong, var sums, var asked, var stream]:
        Simulation.Play(place, frames, wrong, sums, asked, stream);
        return 0;
    case ["misuse-of", var kind, var misuse, var mode, var path]:
        return MisuseProgram.Run(kind, misuse, mode, path);
    default:
        Console.Error.WriteLine(
            "Usage: DiagnosticsChild sample FILE | record FILE | write FILE | play | limited | fragmented KIND");
        return 2;
}
