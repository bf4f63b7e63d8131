using Arena.Report.Model;

namespace Arena.Report.Formats;

/// <summary>Makes unique names, for formats that merge entries of the same name.</summary>
internal static class SiteNames
{
    /// <summary>
    /// Returns a unique name for each site: line and tag, with the whole path if files of two folders have the same
    /// name, and a number if even that is the same.
    /// </summary>
    public static string[] Of(IReadOnlyList<SiteModel> sites) => Distinct(
        [.. sites.Select(site => site.Name + Tag(site))],
        [.. sites.Select(site => site.File.Length == 0
            ? site.Name + Tag(site)
            : FormattableString.Invariant($"{site.File}:{site.Line} ({site.Member}){Tag(site)}"))]);

    /// <summary>
    /// Returns for each site a name of its member that members of other files do not have: <c>Mesh.Load</c>.
    /// </summary>
    public static string[] OfMembers(IReadOnlyList<SiteModel> sites)
    {
        var files = sites.Select(site => site.File).Where(file => file.Length > 0).Distinct().ToArray();
        var stems = Distinct(
            [.. files.Select(file => Path.GetFileNameWithoutExtension(file[(file.LastIndexOfAny(['/', '\\']) + 1)..]))],
            files);
        var stemOf = files.Zip(stems).ToDictionary(pair => pair.First, pair => pair.Second);
        return
        [
            .. sites.Select(site => site.Member.Length == 0 || site.File.Length == 0
                ? site.Name
                : $"{stemOf[site.File]}.{site.Member}"),
        ];
    }

    private static string Tag(SiteModel site) => site.Tag is null ? "" : $" [{site.Tag}]";

    // Returns the short name if it is unique, else the long one, else the long one with a number.
    private static string[] Distinct(string[] shorts, string[] longs)
    {
        var counts = shorts.CountBy(name => name).ToDictionary();
        HashSet<string> used = [];
        var names = new string[shorts.Length];
        for (var i = 0; i < names.Length; i++)
        {
            var name = counts[shorts[i]] == 1 ? shorts[i] : longs[i];
            for (var number = 2; !used.Add(names[i] = name); number++)
                name = FormattableString.Invariant($"{longs[i]} #{number}");
        }
        return names;
    }
}
