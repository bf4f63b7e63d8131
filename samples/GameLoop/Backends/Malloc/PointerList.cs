using System.Runtime.InteropServices;

namespace GameLoop.Backends.Malloc;

/// <summary>A growing array of pointers to live entities: malloc itself cannot list them.</summary>
internal unsafe struct PointerList<T>
    where T : unmanaged
{
    private T** _items;
    private int _capacity;

    public int Count { get; private set; }

    public readonly T* this[int index] => _items[index];

    public void Add(T* item)
    {
        if (Count == _capacity)
        {
            _capacity = Math.Max(256, 2 * _capacity);
            _items = (T**)NativeMemory.Realloc(_items, (nuint)_capacity * (nuint)sizeof(T*));
        }
        _items[Count++] = item;
    }

    /// <summary>Removes an item; order does not matter here, so the last one fills the gap.</summary>
    public void RemoveAt(int index) => _items[index] = _items[--Count];

    public void Free()
    {
        NativeMemory.Free(_items);
        _items = null;
        _capacity = 0;
        Count = 0;
    }
}
