using System.Text;

namespace Arena.Pools;

/// <summary>
/// Renders the live allocations of a heap as text: START and LEN of each in address order, the holes between them, and
/// the sums.
/// <code>
/// START                  LEN
/// 0x0                     16
///                       4080  hole
/// 0x1000                  32
/// 2 live allocations of 48 bytes, 1 hole of 4080 bytes between them
/// </code>
/// </summary>
/// <remarks>
/// LEN is what the heap granted; the heap does not keep the requested size. A hole is the range between two live
/// allocations: free memory of the heap, and any blocks between that the arena lent to others.
/// </remarks>
/// <example>
/// <code>
/// Console.WriteLine(AllocationTable.Render(heap));
/// </code>
/// </example>
public static unsafe class AllocationTable
{
    private const int DefaultMaximumRows = 1000;
    private const int StartWidth = 18;
    private const int LengthWidth = 8;

    /// <summary>Renders a heap.</summary>
    /// <param name="heap">The heap. Nothing may change it meanwhile.</param>
    /// <param name="maximumRows">
    /// The most rows to print. The sums include the rows that are left out, and the table says how many those are.
    /// </param>
    /// <param name="origin">
    /// The address that START counts from, so that two runs print the same; null (the default) prints addresses.
    /// </param>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public static string Render(Heap heap, int maximumRows = DefaultMaximumRows, void* origin = null)
    {
        ArgumentNullException.ThrowIfNull(heap);
        return Render(heap.Allocations(), maximumRows, origin);
    }

    /// <summary>Renders a heap of many threads at a quiet point, see <see cref="SharedHeap.Allocations"/>.</summary>
    /// <inheritdoc cref="Render(Heap, int, void*)"/>
    public static string Render(SharedHeap heap, int maximumRows = DefaultMaximumRows, void* origin = null)
    {
        ArgumentNullException.ThrowIfNull(heap);
        return Render(heap.Allocations(), maximumRows, origin);
    }

    private static string Render(AllocationWalk allocations, int maximumRows, void* origin)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximumRows);
        var table = new Rows(maximumRows, (nuint)origin);
        foreach (var allocation in allocations)
            table.Add(allocation);
        return table.Finish();
    }

    private sealed class Rows(int maximumRows, nuint origin)
    {
        private readonly StringBuilder _text =
            new StringBuilder("START".PadRight(StartWidth)).Append("LEN".PadLeft(LengthWidth)).Append('\n');

        private int _rows;
        private int _liveCount;
        private nuint _liveBytes;
        private int _holeCount;
        private nuint _holeBytes;
        private nuint _end;

        public void Add(Allocation allocation)
        {
            var start = (nuint)allocation.Address;
            if (_liveCount != 0 && start != _end)
                AddHole(start - _end);
            AddRow(From(start).PadRight(StartWidth), allocation.ByteCount, "");
            _liveCount++;
            _liveBytes += allocation.ByteCount;
            _end = start + allocation.ByteCount;
        }

        public string Finish()
        {
            if (_rows > maximumRows)
                _text.Append($"... and {_rows - maximumRows} more rows\n");
            _text.Append($"{Counted(_liveCount, "live allocation")} of {_liveBytes} bytes");
            if (_holeCount != 0)
                _text.Append($", {Counted(_holeCount, "hole")} of {_holeBytes} bytes between them");
            return _text.Append('\n').ToString();
        }

        private static string Counted(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

        private void AddHole(nuint byteCount)
        {
            AddRow(new string(' ', StartWidth), byteCount, "  hole");
            _holeCount++;
            _holeBytes += byteCount;
        }

        private void AddRow(string start, nuint byteCount, string what)
        {
            if (_rows++ < maximumRows)
                _text.Append(start).Append($"{byteCount,LengthWidth}").Append(what).Append('\n');
        }

        private string From(nuint start) => start >= origin ? $"0x{start - origin:x}" : $"-0x{origin - start:x}";
    }
}
