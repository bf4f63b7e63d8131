using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Os;

namespace Arena;

/// <summary>
/// Records the address of a fault. An access violation ends a .NET process without reporting it, so on x64 Linux 29
/// bytes of code run before the runtime's own handler of SIGSEGV: they store the address in the crash file and jump on.
/// <code>
/// 48 8B 46 10      mov rax, [rsi+16]     the address, of the second argument
/// 48 B9 ........   mov rcx, file
/// 48 89 01         mov [rcx], rax
/// 48 B8 ........   mov rax, the runtime's handler
/// FF E0            jmp rax
/// </code>
/// </summary>
/// <remarks>
/// Null references take the same path and are caught as before; the addresses stored for them are in no guarded place.
/// The handler is set once in a process, for the first crash file, and only if pages are guarded and a file is named.
/// </remarks>
internal static unsafe class FaultRecorder
{
    private const int SegmentationFault = 11;
    private const int ReadWrite = 3;
    private const int ReadExecute = 5;
    private const int PrivateAnonymous = 0x22;
    private const nuint CodeBytes = 4096;

    // glibc's and musl's struct sigaction: handler, mask of 128 bytes, flags, restorer.
    private const int ActionBytes = 152;

    private static int isSet;

    /// <summary>Sets the handler if it is known to work and was not set before.</summary>
    public static void SetOnce(CrashFile file)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            || Interlocked.Exchange(ref isSet, 1) != 0)
            return;
        var libc = new SystemLibrary("libc.so.6", "libc");
        var mmap = (delegate* unmanaged<void*, nuint, int, int, int, nint, void*>)libc.GetProcAddress("mmap");
        var mprotect = (delegate* unmanaged<void*, nuint, int, int>)libc.GetProcAddress("mprotect");
        var sigaction = (delegate* unmanaged<int, void*, void*, int>)libc.GetProcAddress("sigaction");
        var action = stackalloc byte[ActionBytes];
        if (sigaction(SegmentationFault, null, action) != 0 || *(nuint*)action <= 1)
            return;
        var code = (byte*)mmap(null, CodeBytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (code == unchecked((void*)-1))
            return;
        Write(code, (nuint)file.FaultAddress, *(nuint*)action);
        if (mprotect(code, CodeBytes, ReadExecute) != 0)
            return;
        *(nuint*)action = (nuint)code;
        _ = sigaction(SegmentationFault, action, null);
    }

    private static void Write(byte* code, nuint file, nuint next)
    {
        ReadOnlySpan<byte> load = [0x48, 0x8B, 0x46, 0x10, 0x48, 0xB9];
        ReadOnlySpan<byte> store = [0x48, 0x89, 0x01, 0x48, 0xB8];
        ReadOnlySpan<byte> jump = [0xFF, 0xE0];
        load.CopyTo(new Span<byte>(code, load.Length));
        Unsafe.WriteUnaligned(code + 6, file);
        store.CopyTo(new Span<byte>(code + 14, store.Length));
        Unsafe.WriteUnaligned(code + 19, next);
        jump.CopyTo(new Span<byte>(code + 27, jump.Length));
    }
}
