using System.Globalization;

namespace Arena;

/// <summary>
/// Reads the environment variable <c>ARENA_GUARD</c>, for a game that is already built: parts divided by commas, each a
/// word or <c>word=value</c>. Invalid parts are reported once, in one line on standard error, and the rest applies.
/// </summary>
internal static class GuardVariable
{
    public const string Name = "ARENA_GUARD";

    private const string Grammar =
        "poison,redzone=16,quarantine=1MiB,frames=3,pages,sample=10000,foreign,threads,report=PATH";

    private static readonly (string Suffix, int Shift)[] Units =
        [("kib", 10), ("mib", 20), ("gib", 30), ("kb", 10), ("mb", 20), ("gb", 30), ("k", 10), ("m", 20), ("g", 30),
            ("b", 0)];

    // The last report, so that many arenas report the same text once.
    private static string? reported;

    /// <summary>Returns a program's options, completed from the variable; null if both request nothing.</summary>
    public static GuardOptions? Fill(GuardOptions? options)
    {
        var text = Environment.GetEnvironmentVariable(Name);
        if (string.IsNullOrWhiteSpace(text))
            return options;
        var set = Parse(text, out var faults);
        if (faults is not null)
            ReportOnce(faults);
        return options is null ? set : options.FilledFrom(set);
    }

    /// <summary>Parses the options in a text; invalid parts are left out and described in one line.</summary>
    public static GuardOptions Parse(string text, out string? faults)
    {
        var options = new GuardOptions();
        List<string> bad = [];
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var word = (equals < 0 ? part : part[..equals]).TrimEnd().ToUpperInvariant();
            var value = equals < 0 ? null : part[(equals + 1)..].Trim();
            if (With(options, word, value) is { } changed)
                options = changed;
            else
                bad.Add($"'{part}'");
        }
        faults = bad.Count == 0
            ? null
            : $"{Name}: {string.Join(", ", bad)} {(bad.Count == 1 ? "is" : "are")} not valid and ignored; "
                + $"the rest holds. A valid value: {Grammar}";
        return options;
    }

    // Returns null if the part is invalid.
    private static GuardOptions? With(GuardOptions options, string word, string? value) => word switch
    {
        "POISON" when value is null => options with { Poison = true },
        "PAGES" when value is null => options with { GuardedPages = true },
        "FOREIGN" when value is null => options with { CountForeignFrees = true },
        "THREADS" when value is null => options with { CheckThreads = true },
        "REDZONE" when Bytes(value) is { } bytes and <= GuardOptions.MaximumRedZoneBytes =>
            options with { RedZoneBytes = (int)bytes },
        "QUARANTINE" when Bytes(value) is { } bytes && bytes <= (ulong)nint.MaxValue =>
            options with { QuarantineBytes = (nuint)bytes },
        "FRAMES" when Count(value) is { } frames => options with { QuarantineFrames = frames },
        "SAMPLE" when Count(value) is { } every and > 0 => options with { SampleEvery = every },
        "REPORT" when !string.IsNullOrEmpty(value) => options with { CrashReportPath = value },
        _ => null,
    };

    private static int? Count(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static ulong? Bytes(string? value)
    {
        if (value is null)
            return null;
        var shift = 0;
        foreach (var unit in Units)
        {
            if (!value.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase))
                continue;
            value = value[..^unit.Suffix.Length].TrimEnd();
            shift = unit.Shift;
            break;
        }
        return ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= ulong.MaxValue >> shift
            ? count << shift
            : null;
    }

    /// <summary>Reports a fault of the variable in one line, unless it was reported last.</summary>
    public static void ReportOnce(string faults)
    {
        if (Interlocked.Exchange(ref reported, faults) == faults)
            return;
        try
        {
            Console.Error.WriteLine(faults.ReplaceLineEndings(" "));
        }
        catch (IOException)
        {
            // A game without a console goes on.
        }
    }
}
