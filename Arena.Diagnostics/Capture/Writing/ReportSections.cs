namespace Arena.Diagnostics;

/// <summary>Writes the data that needs a pass over the tables, when a capture ends: ages, stacks, tags.</summary>
internal static class ReportSections
{
    public static void Write(LeakTracker tracker, CaptureNames names, ByteWriter sections)
    {
        var builder = new ReportBuilder(tracker);
        var report = builder.Build();
        foreach (var (site, sum) in builder.Sums)
        {
            var leak = sum.ToSite(tracker.State.Clock.Frame, builder.Now);
            if (leak.Count == 0)
                continue;
            var number = names.NumberOf(site);
            SiteAgesSection.Write(
                sections, number,
                new SiteAges(leak.OldestFrames, leak.OldestAge.TotalSeconds, leak.MeanAge.TotalSeconds));
            foreach (var stack in leak.Stacks)
                StackSection.Write(sections, number, stack);
        }
        foreach (var tag in report.Tags)
            TagSection.Write(sections, names.TextOf(tag.Tag ?? ""), tag);
        sections.End();
    }
}
