using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Arena;
using Arena.Pools;

namespace Guides;

/// <summary>SQLite with all its memory in a heap: a C library that wants functions of another shape.</summary>
internal static unsafe class SqliteLibrary
{
    private const int Ok = 0;
    private const int ConfigSingleThread = 1;
    private const int ConfigMalloc = 4;
    private const int ConfigGetMalloc = 5;

    private static readonly string[] Files = ["libsqlite3.so.0", "libsqlite3.dylib", "winsqlite3.dll"];

    private static NativeCallbacks? _lent;
    private static Heap? _heap;

    public static void Play(string[] arguments, TextWriter output)
    {
        if (Array.Find(Files, file => NativeLibrary.TryLoad(file, out _)) is not { } found)
        {
            output.WriteLine("Skipped: there is no SQLite (Debian, Ubuntu: apt-get install libsqlite3-0).");
            return;
        }
        // A C function with a variable number of arguments passes them as others do, but not on Apple's ARM processors.
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            output.WriteLine("Skipped: sqlite3_config takes a variable number of arguments, here called for x64.");
            return;
        }

        var library = new Library(NativeLibrary.Load(found));
        using var arena = new PageArena("game");
        using var heap = new Heap(arena, "saves");
        using var lent = new NativeCallbacks(heap, "sqlite") { LimitBytes = 8 << 20 };
        (_heap, _lent) = (heap, lent);
        var before = library.Memory();
        library.Use(Methods());
        output.WriteLine($"A million rows refused: {library.Insert(1_000_000)}.");
        output.WriteLine($"A thousand rows: {library.Insert(1_000)}.");
        library.Use(before);
        output.WriteLine($"At most {lent.PeakLiveBytes >> 20} MiB of 8; "
            + $"{heap.LiveCount} allocations and {lent.FaultCount} faults after sqlite3_shutdown.");
        (_heap, _lent) = (null, null);
    }

    #region functions
    // SQLite's sizes are of 32 bits, and it passes no user data: functions of its shape, which lead to the lent heap.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* Malloc(int byteCount) => NativeCallbacks.Malloc(_lent!.UserData, (nuint)byteCount);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* Realloc(void* address, int byteCount) =>
        NativeCallbacks.Realloc(_lent!.UserData, address, (nuint)byteCount);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(void* address) => NativeCallbacks.Free(_lent!.UserData, address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Size(void* address) => (int)_heap!.UsableBytes(address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int RoundUp(int byteCount) => (byteCount + 15) & ~15;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Begin(void* data) => Ok;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(void* data)
    {
    }

    private static MemoryMethods Methods() => new()
    {
        Malloc = &Malloc, Free = &Free, Realloc = &Realloc, Size = &Size, RoundUp = &RoundUp,
        Begin = &Begin, End = &End,
    };
    #endregion

    /// <summary><c>sqlite3_mem_methods</c>.</summary>
    private struct MemoryMethods
    {
        public delegate* unmanaged[Cdecl]<int, void*> Malloc;
        public delegate* unmanaged[Cdecl]<void*, void> Free;
        public delegate* unmanaged[Cdecl]<void*, int, void*> Realloc;
        public delegate* unmanaged[Cdecl]<void*, int> Size;
        public delegate* unmanaged[Cdecl]<int, int> RoundUp;
        public delegate* unmanaged[Cdecl]<void*, int> Begin;
        public delegate* unmanaged[Cdecl]<void*, void> End;
        public void* Data;
    }

    /// <summary>The few functions of SQLite that are needed here.</summary>
    private sealed class Library(nint handle)
    {
        public MemoryMethods Memory()
        {
            MemoryMethods methods;
            Check(Config(ConfigGetMalloc, &methods));
            return methods;
        }

        #region config
        // Only between sqlite3_shutdown and the first use.
        public void Use(MemoryMethods methods)
        {
            Shutdown();
            Check(Config(ConfigSingleThread, null));
            Check(Config(ConfigMalloc, &methods));           // SQLite copies it
        }
        #endregion

        /// <summary>Fills a table of a database in memory, and returns the status in words.</summary>
        public string Insert(int rows)
        {
            nint database;
            var status = ((delegate* unmanaged[Cdecl]<byte*, nint*, int>)Export("sqlite3_open"))(
                Text(":memory:"), &database);
            if (status == Ok)
            {
                status = ((delegate* unmanaged[Cdecl]<nint, byte*, nint, nint, nint, int>)Export("sqlite3_exec"))(
                    database,
                    Text("CREATE TABLE t(a, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                        + $"WHERE i < {rows}) INSERT INTO t SELECT i, 'row ' || i FROM n;"),
                    0, 0, 0);
            }
            var words = ((delegate* unmanaged[Cdecl]<int, nint>)Export("sqlite3_errstr"))(status);
            Check(((delegate* unmanaged[Cdecl]<nint, int>)Export("sqlite3_close"))(database));
            Shutdown();
            return Marshal.PtrToStringUTF8(words)!;
        }

        private static void Check(int status)
        {
            if (status != Ok)
                throw new InvalidOperationException($"SQLite refuses with {status}.");
        }

        private static byte* Text(string text)
        {
            // For the length of this program: a guide to something else.
            var bytes = Encoding.UTF8.GetBytes(text + "\0");
            var copy = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
            bytes.CopyTo(new Span<byte>(copy, bytes.Length));
            return copy;
        }

        private int Config(int option, void* value) =>
            ((delegate* unmanaged[Cdecl]<int, void*, int>)Export("sqlite3_config"))(option, value);

        private void Shutdown() => Check(((delegate* unmanaged[Cdecl]<int>)Export("sqlite3_shutdown"))());

        private nint Export(string name) => NativeLibrary.GetExport(handle, name);
    }
}
