using System.Globalization;
using SurfaceChild;

// A process for tests in which everything public is called after Dispose, or while another thread disposes, and
// what is for one thread by several. It writes each call before it makes it, so that a crash has a name.
switch (args)
{
    case ["disposed", var order]:
        // This comes before the first container: unchecked memory may be gone.
        AppContext.SetSwitch("Arena.Collections.Checks", true);
        return new DisposedRun(Enum.Parse<DisposeOrder>(order)).Play();
    case ["threads", var seed]:
        return new ThreadsRun(int.Parse(seed, CultureInfo.InvariantCulture)).Play();
    case ["misuse", var kind, var runs]:
        return new MisuseRun(kind, int.Parse(runs, CultureInfo.InvariantCulture)).Play();
    case ["checks", var isOn]:
        return new ChecksRun(isOn == "1").Play();
    default:
        Console.Error.WriteLine($"Usage: SurfaceChild disposed {string.Join('|', Enum.GetNames<DisposeOrder>())}");
        Console.Error.WriteLine("       SurfaceChild threads SEED");
        Console.Error.WriteLine("       SurfaceChild misuse pool|map|heap RUNS");
        Console.Error.WriteLine("       SurfaceChild checks 0|1");
        return 2;
}
