namespace Arena.Tests.Report.Live;

/// <summary>A test that needs a browser, and is skipped where there is none, with how to get one.</summary>
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (Chromium.Find() is null)
            Skip = Chromium.HowToGetIt;
    }
}

/// <inheritdoc cref="ChromiumFactAttribute"/>
public sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    public ChromiumTheoryAttribute()
    {
        if (Chromium.Find() is null)
            Skip = Chromium.HowToGetIt;
    }
}
