using Arena.Os;

namespace Arena;

/// <summary>
/// The mappings that one arena holds: one more than there are borders between accessible and inaccessible pages, or
/// between pages advised to be huge and others. On a system without a limit, all is permitted.
/// </summary>
internal sealed class ArenaMappings
{
    // The reservation, and one range each of tables and of pages in it. They are taken at once, so that an arena that
    // was made can lend.
    private const int Least = 5;

    private readonly MappingCount? _all;
    private int _tableBorders;
    private int _pageBorders;

    public ArenaMappings(MappingCount? all)
    {
        _all = all;
        all?.Add(Least);
    }

    /// <summary>The mappings of this arena, or those kept for it.</summary>
    public int Held => Sum(_tableBorders, _pageBorders);

    /// <summary>The reason, for messages, why there may be no more.</summary>
    public string WhyNoMore => $"{_all}";

    /// <summary>Returns null, or the reason why there can be no further arena.</summary>
    public static string? WhyNone(MappingCount? all) => all is null || all.Permits(Least) ? null : all.ToString();

    /// <summary>Returns whether pages may have more borders by choice.</summary>
    public bool HasShareForPages(int borders) =>
        _all is null || _all.HasShareFor(Sum(_tableBorders, _pageBorders + borders) - Held);

    /// <summary>Returns whether pages may have more borders at all.</summary>
    public bool PermitsPages(int borders) =>
        _all is null || _all.Permits(Sum(_tableBorders, _pageBorders + borders) - Held);

    /// <summary>Returns whether shared pages may have more borders.</summary>
    public bool PermitsSharing(int borders) =>
        _all is null || _all.PermitsSharing(Sum(_tableBorders, _pageBorders + borders) - Held);

    /// <summary>Returns whether tables may have this many borders by choice.</summary>
    public bool HasShareForTables(int borders) => _all is null || _all.HasShareFor(Sum(borders, _pageBorders) - Held);

    public void AddPageBorders(int difference) => Set(_tableBorders, _pageBorders + difference);

    public void SetTableBorders(int borders) => Set(borders, _pageBorders);

    /// <summary>Releases all mappings. Call it once, when the addresses were given back.</summary>
    public void Release() => _all?.Add(-Held);

    private static int Sum(int tableBorders, int pageBorders) => Math.Max(Least, 1 + tableBorders + pageBorders);

    private void Set(int tableBorders, int pageBorders)
    {
        _all?.Add(Sum(tableBorders, pageBorders) - Held);
        (_tableBorders, _pageBorders) = (tableBorders, pageBorders);
    }
}
