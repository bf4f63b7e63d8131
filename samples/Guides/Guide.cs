namespace Guides;

/// <summary>The guides by name. Each is a page in docs/guides, which prints the command that plays it.</summary>
internal static class Guide
{
    /// <summary>The exit code of an unknown guide or option.</summary>
    public const int BadOption = 2;

    public static readonly (string Name, Action<string[], TextWriter> Play)[] All =
    [
        ("entities", EntityLoop.Play),
        ("jobs", FrameJobs.Play),
        ("components", ComponentGame.Play),
        ("lua", LuaScripts.Play),
        ("sqlite", SqliteLibrary.Play),
        ("vulkan", VulkanDriver.Play),
        ("metrics", PrometheusPage.Play),
        ("moving", MovingGame.Play),
    ];

    /// <summary>Plays the guide that is named first; what follows are its options.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        foreach (var (name, play) in All)
        {
            if (arguments.FirstOrDefault() != name)
                continue;
            try
            {
                play(arguments[1..], output);
                return 0;
            }
            catch (ArgumentException e)
            {
                error.WriteLine(e.Message);
                return BadOption;
            }
        }
        error.WriteLine($"Name a guide: {string.Join(", ", All.Select(guide => guide.Name))}.");
        return BadOption;
    }

    /// <summary>Returns true if the only option that a guide has was given.</summary>
    /// <exception cref="ArgumentException">Another one was given.</exception>
    public static bool Has(string[] options, string option)
    {
        if (options.FirstOrDefault(given => given != option) is { } unknown)
            throw new ArgumentException($"'{unknown}' is no option here; there is {option}.");
        return options.Length > 0;
    }
}
