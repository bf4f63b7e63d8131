using Arena;
using Arena.Diagnostics;

namespace SurfaceChild;

/// <summary>
/// An arena, the objects made on it, and the arguments of calls. The factories leave here what was valid before
/// everything was disposed: addresses, handles, marks.
/// </summary>
internal sealed class World : IDisposable
{
    private readonly Dictionary<Type, object> _arguments = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("surface").FullName;

    public World()
    {
        Arena = Give(new PageArena(new PageArenaOptions { Name = "surface", ReserveBytes = 1 << 28 }));
        Give<IReadOnlyList<PageArena>>([Arena]);
        Give<PageArena[]>([Arena]);
        Give<IAllocationObserver>(new IdleObserver());
        Give<Action<LeakNotice>>(_ => { });
        Give<Action<Exception>>(_ => { });
        Give<Action<int>>(_ => { });
        Give<Action>(() => { });
        Give(new PageArenaOptions());
        Give(new MemoryBudget { SoftBytes = 1 });
        Give(new LeakTrackerOptions());
        Give(new CaptureOptions());
        Give("surface");
        Give(true);
        Give(1);
        Give(1L);
        Give((nuint)64);
    }

    public PageArena Arena { get; }

    /// <summary>An address that was handed out; nothing is alive there once all is disposed.</summary>
    public nint Stale { get; set; }

    /// <summary>The owner, which is disposed in place of something that cannot be.</summary>
    public IDisposable? Owner { get; set; }

    /// <summary>Returns a path without a file.</summary>
    public string NewFile() => Path.Combine(_folder, Path.GetRandomFileName());

    /// <summary>Passes this value to all parameters of its type from now on.</summary>
    public T Give<T>(T value)
        where T : notnull
    {
        _arguments[typeof(T)] = value;
        return value;
    }

    public void Give(Type type, object value) => _arguments[type] = value;

    /// <summary>Returns the argument; null if there is none, so that the parameter gets its default value.</summary>
    public object? ArgumentOf(Type type, string? name) => (type, name) switch
    {
        _ when type == typeof(string) && name is "path" or "file" => NewFile(),
        _ when type == typeof(int) && name == "iterations" => 12,
        _ when type == typeof(nuint) && name == "alignment" => (nuint)16,
        _ => _arguments.GetValueOrDefault(type),
    };

    public void Dispose()
    {
        foreach (var disposable in _arguments.Values.OfType<IDisposable>())
        {
            try
            {
                disposable.Dispose();
            }
            catch (ObjectDisposedException)
            {
            }
        }
        Directory.Delete(_folder, recursive: true);
    }
}
