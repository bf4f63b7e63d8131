using DiagnosticsChild;

// A process for tests to kill and to look into: it does one thing until it is ended.
switch (args)
{
    case ["sample", var path]:
        Children.Sample(path);
        return 0;
    case ["play"]:
        Children.Play();
        return 0;
    case ["limited"]:
        Children.TrackWhereAddressesAreLimited();
        return 0;
    default:
        Console.Error.WriteLine("Usage: DiagnosticsChild sample FILE | play | limited");
        return 2;
}
