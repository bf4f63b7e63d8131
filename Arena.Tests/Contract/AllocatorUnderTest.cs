using System.Runtime.CompilerServices;

namespace Arena.Tests.Contract;

/// <summary>
/// An allocator as the contract uses it. A place is what the allocator gives out: an address, or the 8 bytes of a
/// handle. What an allocator <see cref="Contract.Lacks"/> is not overridden, and throws.
/// </summary>
internal abstract unsafe class AllocatorUnderTest : IDisposable
{
    /// <summary>The line from which the contract allocates.</summary>
    public static readonly SourceLine Spawn = new("Game.cs", 12, "Spawn");

    /// <summary>Bytes of each allocation, for an allocator of one size; 0 if any number can be asked for.</summary>
    public virtual int FixedBytes => 0;

    /// <summary>The largest request that the contract makes.</summary>
    public virtual int LargestBytes => FixedBytes != 0 ? FixedBytes : 1 << 20;

    /// <summary>Bytes that the contract lets live at a time.</summary>
    public virtual long MostLiveBytes => 32 << 20;

    /// <summary>The alignment of every address.</summary>
    public virtual nuint DefaultAlignment => 16;

    /// <summary>True if any thread may allocate, and free what any other one allocated.</summary>
    public virtual bool IsShared => false;

    public abstract string Name { get; }

    /// <summary>The name of the part that serves a call, which observers and errors see.</summary>
    public virtual string PartName => Name;

    public abstract bool IsDisposed { get; }

    public virtual int LiveCount => throw Lacking();

    public virtual string? Tag
    {
        get => throw Lacking();
        set => throw Lacking();
    }

    public virtual bool IgnoreLeaks
    {
        set => throw Lacking();
    }

    public abstract bool TryAllocate(int byteCount, int alignment, out nint place);

    /// <summary>Allocates for <see cref="Spawn"/>.</summary>
    public abstract nint Allocate(int byteCount, int alignment = 0);

    public virtual nint AllocateZeroed(int byteCount, int alignment) => throw Lacking();

    public virtual nint Reallocate(nint place, int byteCount) => throw Lacking();

    public virtual void Free(nint place) => throw Lacking();

    /// <summary>Frees what must not be freed.</summary>
    /// <returns>True if the allocator refused.</returns>
    public virtual bool Refuses(nint place)
    {
        try
        {
            Free(place);
            return false;
        }
        catch (InvalidFreeException)
        {
            return true;
        }
    }

    public virtual nuint GrantedBytes(nint place) => throw Lacking();

    public virtual Span<byte> Contents(nint place, int byteCount) => new((void*)place, byteCount);

    /// <summary>Walks what lives, in ascending order, with a body that may call the other methods.</summary>
    public virtual void Walk(Action<nint> body) => throw Lacking();

    /// <summary>Frees everything at once: where single frees are lacking, the only way.</summary>
    public virtual void Clear() => throw Lacking();

    public virtual void Trim()
    {
    }

    public abstract void Dispose();

    /// <summary>Returns the address of an allocation.</summary>
    public nuint AddressOf(nint place) => (nuint)Unsafe.AsPointer(ref Contents(place, 1)[0]);

    protected static NotSupportedException Lacking([CallerMemberName] string member = "") =>
        new($"{member} is lacking, and the contract's test class does not say so.");
}
