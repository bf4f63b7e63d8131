using System.Diagnostics;

namespace Arena.Pools;

/// <summary>The debugger's view of a pool: its sizes, and copies of its first live values.</summary>
internal sealed class PoolDebugView<T>(Pool<T> pool)
    where T : unmanaged
{
    private const int MostValues = 1000;

    public int LiveCount => pool.IsDisposed ? 0 : pool.LiveCount;

    public int SlotCount => pool.IsDisposed ? 0 : pool.SlotCount;

    public int SlabCount => pool.IsDisposed ? 0 : pool.SlabCount;

    public SlotLayout Layout => pool.Layout;

    [DebuggerBrowsable(DebuggerBrowsableState.RootHidden)]
    public T[] Values
    {
        get
        {
            List<T> values = [];
            if (pool.IsDisposed)
                return [];
            foreach (ref var value in pool)
            {
                if (values.Count == MostValues)
                    break;
                values.Add(value);
            }
            return [.. values];
        }
    }
}
