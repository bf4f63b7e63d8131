namespace FuzzTarget;

/// <summary>
/// Makes a failing list shorter: leaves out halves, quarters and so on as long as it still fails. The first byte, which
/// chooses the guard, stays.
/// </summary>
internal static class Shrinker
{
    public static byte[] Shrink(byte[] bytes)
    {
        for (var part = bytes.Length / 2; part > 0; part = part == 1 ? 0 : (part + 1) / 2)
        {
            for (var at = 1; at < bytes.Length;)
            {
                var end = Math.Min(at + part, bytes.Length);
                byte[] shorter = [.. bytes[..at], .. bytes[end..]];
                if (Fails(shorter))
                    bytes = shorter;
                else
                    at = end;
            }
        }
        return bytes;
    }

    public static bool Fails(byte[] bytes)
    {
        try
        {
            OperationList.Play(bytes);
            return false;
        }
        catch (Exception)
        {
            return true;
        }
    }
}
