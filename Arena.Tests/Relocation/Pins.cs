using Arena.Pools;

namespace Arena.Tests.Relocation;

internal static class Pins
{
    /// <summary>Returns whether a pin refuses its bytes; it is a ref struct, which no lambda can use.</summary>
    public static bool IsRefused(PinnedBytes pin)
    {
        try
        {
            _ = pin.Bytes.Length;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
        return false;
    }
}
