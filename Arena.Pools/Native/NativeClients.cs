using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Every client by the number that C carries as its user data:
/// <code>
/// | serial, from 1 | index in the table: 16 bits |
/// </code>
/// It is a number and not an address. No number is used twice, so a call after Dispose finds no client and is refused,
/// while a freed pointer could lead anywhere.
/// </summary>
internal static unsafe class NativeClients
{
    private const int IndexBits = 16;
    private const int MostClients = 1 << IndexBits;

    private static readonly Lock Changing = new();
    private static volatile NativeClient?[] _table = new NativeClient?[4];
    private static nuint _serial;

    /// <summary>Adds a client and returns its number.</summary>
    public static nuint Add(NativeClient client)
    {
        lock (Changing)
        {
            var index = Array.IndexOf(_table, null);
            if (index < 0)
                index = Grow();
            var number = (++_serial << IndexBits) | (nuint)index;
            Volatile.Write(ref _table[index], client);
            return number;
        }
    }

    public static void Remove(nuint number)
    {
        lock (Changing)
            _table[(int)(number % MostClients)] = null;
    }

    /// <summary>Returns the client of a number, or null if there is none of that kind any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T? Find<T>(void* userData)
        where T : NativeClient
    {
        var table = _table;
        var index = (int)((nuint)userData % MostClients);
        return index < table.Length && table[index] is T client && client.UserData == userData ? client : null;
    }

    // Readers keep the table that they have; its entries stay valid for as long as they look.
    private static int Grow()
    {
        var old = _table;
        if (old.Length == MostClients)
            throw new InvalidOperationException($"{MostClients} C libraries are lent memory already: dispose some.");
        var grown = new NativeClient?[2 * old.Length];
        old.CopyTo(grown, 0);
        _table = grown;
        return old.Length;
    }
}
