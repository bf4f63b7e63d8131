using System.IO.Compression;
using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Tests.Native;

/// <summary>
/// Brotli, the C library that comes with .NET itself, driven as a C program does: with an allocator of the caller's.
/// </summary>
internal sealed unsafe class Brotli(NativeCallbacks callbacks)
{
    private const int Finish = 2;
    private const int QualityParameter = 1;
    private const int WindowParameter = 2;
    private const int Success = 1;
    private const int NeedsMoreOutput = 3;
    private const int StepBytes = 1 << 16;

    private static readonly nint Library = Load();

    /// <summary>True if this .NET has it as a library of its own.</summary>
    public static bool IsThere => Library != 0;

    /// <summary>
    /// Returns the compressed bytes, or null if the encoder gave up; reports the live allocations while it works.
    /// </summary>
    public byte[]? Compress(byte[] input, int quality, int windowBits, Action whileAlive)
    {
        var encoder = ((delegate* unmanaged[Cdecl]<void*, void*, void*, void*>)Export("BrotliEncoderCreateInstance"))(
            NativeCallbacks.Malloc, NativeCallbacks.Free, callbacks.UserData);
        if (encoder == null)
            return null;
        var set = (delegate* unmanaged[Cdecl]<void*, int, uint, int>)Export("BrotliEncoderSetParameter");
        set(encoder, QualityParameter, (uint)quality);
        set(encoder, WindowParameter, (uint)windowBits);
        var compress = (delegate* unmanaged[Cdecl]<void*, int, nuint*, byte**, nuint*, byte**, nuint*, int>)Export(
            "BrotliEncoderCompressStream");
        var hasMore = (delegate* unmanaged[Cdecl]<void*, int>)Export("BrotliEncoderHasMoreOutput");
        var output = new MemoryStream();
        var step = new byte[StepBytes];
        var went = true;
        fixed (byte* from = input, to = step)
        {
            var (in1, inBytes) = ((nint)from, (nuint)input.Length);
            do
            {
                var (out1, outBytes) = ((nint)to, (nuint)StepBytes);
                went = compress(encoder, Finish, &inBytes, (byte**)&in1, &outBytes, (byte**)&out1, null) != 0;
                output.Write(step, 0, StepBytes - (int)outBytes);
            }
            while (went && (inBytes != 0 || hasMore(encoder) != 0));
        }
        whileAlive();
        ((delegate* unmanaged[Cdecl]<void*, void>)Export("BrotliEncoderDestroyInstance"))(encoder);
        return went ? output.ToArray() : null;
    }

    /// <summary>Returns the original bytes, or null if the decoder gave up.</summary>
    public byte[]? Decompress(byte[] input)
    {
        var decoder = ((delegate* unmanaged[Cdecl]<void*, void*, void*, void*>)Export("BrotliDecoderCreateInstance"))(
            NativeCallbacks.Malloc, NativeCallbacks.Free, callbacks.UserData);
        if (decoder == null)
            return null;
        var decompress = (delegate* unmanaged[Cdecl]<void*, nuint*, byte**, nuint*, byte**, nuint*, int>)Export(
            "BrotliDecoderDecompressStream");
        var output = new MemoryStream();
        var step = new byte[StepBytes];
        int result;
        fixed (byte* from = input, to = step)
        {
            var (in1, inBytes) = ((nint)from, (nuint)input.Length);
            do
            {
                var (out1, outBytes) = ((nint)to, (nuint)StepBytes);
                result = decompress(decoder, &inBytes, (byte**)&in1, &outBytes, (byte**)&out1, null);
                output.Write(step, 0, StepBytes - (int)outBytes);
            }
            while (result == NeedsMoreOutput);
        }
        ((delegate* unmanaged[Cdecl]<void*, void>)Export("BrotliDecoderDestroyInstance"))(decoder);
        return result == Success ? output.ToArray() : null;
    }

    private static nint Load() =>
        NativeLibrary.TryLoad("libSystem.IO.Compression.Native", typeof(BrotliEncoder).Assembly, null, out var library)
        || NativeLibrary.TryLoad("System.IO.Compression.Native", typeof(BrotliEncoder).Assembly, null, out library)
            ? library
            : 0;

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);
}
