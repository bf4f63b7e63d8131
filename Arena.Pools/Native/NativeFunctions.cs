namespace Arena.Pools;

/// <summary>
/// The four C functions without user data, for libraries whose hooks have none (SDL, ENet, cJSON, ...). They stay
/// callable as long as the process lives.
/// </summary>
/// <example>
/// <code>
/// unsafe
/// {
///     var functions = default(NativeFunctions);       // from NativeCallbacks, for libraries without user data
///     Console.WriteLine((nint)functions.Malloc);
/// }
/// </code>
/// </example>
public readonly unsafe struct NativeFunctions
{
    internal NativeFunctions(nint malloc, nint calloc, nint realloc, nint free)
    {
        Malloc = (delegate* unmanaged[Cdecl]<nuint, void*>)malloc;
        Calloc = (delegate* unmanaged[Cdecl]<nuint, nuint, void*>)calloc;
        Realloc = (delegate* unmanaged[Cdecl]<void*, nuint, void*>)realloc;
        Free = (delegate* unmanaged[Cdecl]<void*, void>)free;
    }

    /// <summary><c>void* malloc(size_t byteCount)</c></summary>
    public delegate* unmanaged[Cdecl]<nuint, void*> Malloc { get; }

    /// <summary><c>void* calloc(size_t count, size_t byteCount)</c></summary>
    public delegate* unmanaged[Cdecl]<nuint, nuint, void*> Calloc { get; }

    /// <summary><c>void* realloc(void* address, size_t byteCount)</c></summary>
    public delegate* unmanaged[Cdecl]<void*, nuint, void*> Realloc { get; }

    /// <summary><c>void free(void* address)</c></summary>
    public delegate* unmanaged[Cdecl]<void*, void> Free { get; }
}
