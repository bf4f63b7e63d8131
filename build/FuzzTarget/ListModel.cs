using Arena;
using Arena.Collections;
using Arena.Pools;

namespace FuzzTarget;

/// <summary>A list in native memory beside one of .NET.</summary>
internal sealed class ListModel(PageArena arena) : IDisposable
{
    private readonly Heap _heap = new(arena, "lists");
    private readonly List<int> _model = [];
    private NativeList<int> _list;

    public void Do(ref ByteReader bytes)
    {
        var (operation, value) = (bytes.Next(), (int)bytes.Next());
        if (_list.Capacity == 0)
            _list = new NativeList<int>(_heap, value % 5, "/game/List.cs", 1, "Do");
        switch (operation % 8)
        {
            case < 4:
                _list.Add(value);
                _model.Add(value);
                break;
            case 4 when _model.Count > 0:
                _list.RemoveAt(value % _model.Count);
                _model.RemoveAt(value % _model.Count);
                break;
            case 5:
                _list.EnsureCapacity(value);
                break;
            case 6 when value % 8 == 0:
                End();
                break;
            default:
                _list.TrimExcess();
                break;
        }
        if (!_list.AsSpan().SequenceEqual(_model.ToArray()))
            throw new FuzzException("a list holds what .NET's does");
    }

    public void Dispose() => _heap.Dispose();

    public void End()
    {
        _list.Dispose("/game/List.cs", 2, "End");
        _model.Clear();
        if (_heap.LiveCount != 0)
            throw new FuzzException("a disposed list leaves nothing behind");
    }
}
