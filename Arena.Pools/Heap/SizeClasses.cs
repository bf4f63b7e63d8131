using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// The rounded sizes that a heap keeps slabs of: every 16 bytes up to 512, then eight to a doubling up to 32 KiB, then
/// whole pages, at most sixteen to a doubling, up to 256 KiB. Rounding costs under 12.5 % of a request and, over
/// recorded games and programs, 4 % on average. Larger requests are blocks of their own.
/// </summary>
internal static unsafe class SizeClasses
{
    /// <summary>Requests up to here find their class in <see cref="ClassOf16"/>.</summary>
    public const int TableBytes = 32 << 10;

    public const int LargestBytes = 256 << 10;

    private static readonly int[] Sizes = MakeSizes();

    /// <summary>The class of a request, indexed by its size in units of 16 bytes, rounded up.</summary>
    public static readonly byte* ClassOf16 = MakeTable();

    public static int Count => Sizes.Length;

    public static int BytesOf(int sizeClass) => Sizes[sizeClass];

    /// <summary>The smallest class of at least so many bytes, for requests up to <see cref="LargestBytes"/>.</summary>
    public static int ClassOf(nuint byteCount)
    {
        if (byteCount <= TableBytes)
            return ClassOf16[(byteCount + 15) >> 4];
        var found = Array.BinarySearch(Sizes, (int)byteCount);
        return found >= 0 ? found : ~found;
    }

    /// <summary>The smallest class of at least so many bytes whose slots all have an alignment, up to a page.</summary>
    public static int ClassOf(nuint byteCount, nuint alignment)
    {
        var sizeClass = ClassOf(Math.Max(byteCount, 1));
        while ((nuint)Sizes[sizeClass] % alignment != 0)
            sizeClass++;
        return sizeClass;
    }

    private static int[] MakeSizes()
    {
        var sizes = new List<int>();
        for (var bytes = 16; bytes <= 512; bytes += 16)
            sizes.Add(bytes);
        while (sizes[^1] < LargestBytes)
        {
            var octave = 1 << BitOperations.Log2((uint)sizes[^1]);
            var step = octave < TableBytes ? octave / 8 : Math.Max(octave / 16, 4096);
            sizes.Add(sizes[^1] + step);
        }
        return [.. sizes];
    }

    private static byte* MakeTable()
    {
        // Lives as long as the process.
        var table = (byte*)NativeMemory.Alloc(TableBytes / 16 + 1);
        var sizeClass = 0;
        for (var units = 0; units <= TableBytes / 16; units++)
        {
            while (Sizes[sizeClass] < units * 16)
                sizeClass++;
            table[units] = (byte)sizeClass;
        }
        return table;
    }
}
