using Arena;
using Arena.Collections;
using Arena.Diagnostics;
using Arena.Pools;

namespace Guides;

/// <summary>An entity-component store: sparse sets, and components that own lists.</summary>
internal static class ComponentGame
{
    private const int Frames = 300;

    /// <param name="options">"--forget" leaves the lists of removed components behind.</param>
    /// <param name="output">The writer that gets the result.</param>
    public static void Play(string[] options, TextWriter output)
    {
        var forgets = Guide.Has(options, "--forget");
        using var arena = new PageArena("game");
        using var tracker = LeakTracker.Attach(arena);
        using var heap = new Heap(arena, "components");
        var store = new Store(heap);
        for (var frame = 0; frame < Frames; frame++)
            Step(ref store, heap, frame, forgets);
        output.WriteLine($"{Frames} frames: {store}");
        store.Dispose();
        var report = tracker.Report();
        output.WriteLine($"{report.LiveCount} allocations are left.");
        foreach (var site in report.Sites)
            output.WriteLine($"  {site.Count} from {Path.GetFileName(site.File)}:{site.Line} ({site.Member})");
    }

    private static void Step(ref Store store, Heap heap, int frame, bool forgets)
    {
        for (var born = 0; born < 10; born++)
        {
            var entity = store.Create();
            store.Places.Add(entity, new Place { X = frame });
            if (entity % 2 == 0)
                store.Speeds.Add(entity, new Speed { X = 1 + entity % 7 });
            if (entity % 5 == 0)
                store.Cargoes.Add(entity, new Cargo { Items = new(heap) });
        }
        Move(ref store);
        Load(ref store, frame);
        // The oldest leave.
        while (store.Places.Count > 500)
            store.Destroy(store.Places.Ids[0], forgets);
    }

    #region systems
    // Walks the smaller set densely, and looks the other one up by id.
    private static void Move(ref Store store)
    {
        var speeds = store.Speeds.Values;
        var ids = store.Speeds.Ids;
        for (var i = 0; i < ids.Length; i++)
            store.Places[ids[i]].X += speeds[i].X;
    }

    private static void Load(ref Store store, int frame)
    {
        foreach (ref var cargo in store.Cargoes.Values)
        {
            if (cargo.Items.Count < 40)
                cargo.Items.Add(frame);
        }
    }
    #endregion

    #region components
    private struct Place
    {
        public float X;
    }

    private struct Speed
    {
        public float X;
    }

    private struct Cargo : IDisposable
    {
        public NativeList<int> Items;                        // the component owns this list

        public void Dispose() => Items.Dispose();
    }
    #endregion

    #region store
    private struct Store(Heap heap) : IDisposable
    {
        public NativeSparseSet<Place> Places = new(heap);
        public NativeSparseSet<Speed> Speeds = new(heap);
        public NativeSparseSet<Cargo> Cargoes = new(heap);
        private NativeQueue<int> _free = new(heap);
        private int _most;

        public int Create() => _free.TryDequeue(out var entity) ? entity : _most++;

        public void Destroy(int entity, bool forgets)
        {
            // To remove a component does not free what it owns.
            if (Cargoes.Contains(entity) && !forgets)
                Cargoes[entity].Dispose();
            Cargoes.Remove(entity);
            Speeds.Remove(entity);
            Places.Remove(entity);
            _free.Enqueue(entity);
        }

        public void Dispose()
        {
            foreach (ref var cargo in Cargoes.Values)
                cargo.Dispose();
            Cargoes.Dispose();
            Speeds.Dispose();
            Places.Dispose();
            _free.Dispose();
        }

        public readonly override string ToString() =>
            $"{Places.Count} places, {Speeds.Count} speeds, {Cargoes.Count} cargoes, {_most} ids in use at most.";
    }
    #endregion
}
