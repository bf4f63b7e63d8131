using System.Diagnostics;

namespace Arena.Pools;

/// <summary>
/// The debugger's view of a handle map: its sizes, and its first handles with copies of their values.
/// </summary>
internal sealed class HandleMapDebugView<T>(HandleMap<T> map)
    where T : unmanaged
{
    private const int MostValues = 1000;

    public int LiveCount => map.IsDisposed ? 0 : map.LiveCount;

    public int RetiredCount => map.RetiredCount;

    public int SlotCount => map.IsDisposed ? 0 : map.SlotCount;

    public SlotLayout Layout => map.Layout;

    [DebuggerBrowsable(DebuggerBrowsableState.RootHidden)]
    public KeyValuePair<Handle<T>, T>[] Values
    {
        get
        {
            List<KeyValuePair<Handle<T>, T>> values = [];
            if (map.IsDisposed)
                return [];
            foreach (var entry in map)
            {
                if (values.Count == MostValues)
                    break;
                values.Add(new(entry.Handle, entry.Value));
            }
            return [.. values];
        }
    }
}
