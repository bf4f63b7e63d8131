namespace Arena;

/// <summary>
/// The pages in which two neighbouring frames differ, each once, with what one of the two frames has of it. What the
/// other one has is in the table of pages, see <see cref="PageVersions"/>.
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

    /// <summary>Adds a page whose contents are the same so far.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory; nothing was changed.</exception>
    public void Add(int unit, in PageState state)
    {
        if (Count == _capacity)
        {
            var capacity = Math.Max(LeastCapacity, _capacity + _capacity / 4);
            _changes = (Change*)OwnMemory.Resize(_changes, (nuint)capacity * (nuint)sizeof(Change));
            _capacity = capacity;
        }
        _changes[Count++] = new Change
        {
            Unit = unit, Copy = PageCopies.Same, Sum = state.Sum, Outline = state.Outline,
        };
    }

    public void Clear() => Count = 0;

    public void Dispose()
    {
        OwnMemory.Free(_changes);
        _changes = null;
        Count = _capacity = 0;
    }

    internal struct Change
    {
        /// <summary>The page's part of the checksum.</summary>
        public ulong Sum;

        /// <summary>Which bytes of it live.</summary>
        public ulong Outline;

        /// <summary>Which page, see <see cref="PageVersions"/>.</summary>
        public int Unit;

        /// <summary>A number of <see cref="PageCopies"/>, which may be <see cref="PageCopies.Same"/>.</summary>
        public int Copy;
    }
}
