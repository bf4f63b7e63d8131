using Silk.NET.Core.Contexts;

namespace Arena.Tests.Os;

/// <summary>A C library of which some functions are doubles: the library asks for each by name.</summary>
internal abstract class LibcContext : INativeContext
{
    public nint GetProcAddress(string proc, int? slot = null) => TryGetProcAddress(proc, out var address, slot)
        ? address
        : throw new NotSupportedException($"{GetType().Name} has no {proc}.");

    public bool TryGetProcAddress(string proc, out nint addr, int? slot = null) => (addr = AddressOf(proc)) != 0;

    public virtual void Dispose()
    {
    }

    /// <summary>Returns the address of a function, or 0 if the system does not have it.</summary>
    protected abstract nint AddressOf(string function);
}
