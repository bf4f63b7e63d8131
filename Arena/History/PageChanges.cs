using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// The pages in which two neighbouring frames differ, each once, with the copy of one of the two frames. The copy of
/// the other one is in the table of pages, see <see cref="PageVersions"/>.
/// </summary>
internal sealed unsafe class PageChanges : IDisposable
{
    private const int LeastCapacity = 64;

    private Change* _changes;
    private int _capacity;

    /// <summary>The number of pages.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of memory that it holds.</summary>
    public nuint HeldBytes => (nuint)_capacity * (nuint)sizeof(Change);

    public ref Change this[int index] => ref _changes[index];

    /// <summary>Makes room for one more page.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory; nothing was changed.</exception>
    public void Reserve()
    {
        if (Count < _capacity)
            return;
        var capacity = Math.Max(LeastCapacity, 2 * _capacity);
        _changes = (Change*)NativeMemory.Realloc(_changes, (nuint)capacity * (nuint)sizeof(Change));
        _capacity = capacity;
    }

    /// <summary>Adds a page, for which there must be room.</summary>
    public void Add(int unit, int copy) => _changes[Count++] = new Change { Unit = unit, Copy = copy };

    public void Clear() => Count = 0;

    public void Dispose()
    {
        NativeMemory.Free(_changes);
        _changes = null;
        Count = _capacity = 0;
    }

    internal struct Change
    {
        /// <summary>The unit of the page, see <see cref="PageVersions"/>.</summary>
        public int Unit;

        /// <summary>The copy, a number of <see cref="PageCopies"/>.</summary>
        public int Copy;
    }
}
