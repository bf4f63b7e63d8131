namespace Arena.Diagnostics;

/// <summary>Writes what needs a pass over the tables, when a capture ends: ages, stacks, tags.</summary>
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
            sections.Begin(SectionKind.SiteAges);
            sections.Number(number);
            sections.Number(leak.OldestFrames);
            sections.Number(CaptureTime.Microseconds(leak.OldestAge.TotalSeconds));
            sections.Number(CaptureTime.Microseconds(leak.MeanAge.TotalSeconds));
            foreach (var stack in leak.Stacks)
            {
                sections.Begin(SectionKind.Stacks);
                sections.Number(number);
                sections.Number(stack.Count);
                sections.Number((ulong)stack.Bytes);
                sections.Text(stack.Frames);
            }
        }
        foreach (var tag in report.Tags)
        {
            var name = names.TextOf(tag.Tag ?? "");
            sections.Begin(SectionKind.Tags);
            sections.Number(name);
            sections.Number(tag.Count);
            sections.Number((ulong)tag.Bytes);
            sections.Number((ulong)(tag.Budget?.SoftBytes ?? 0));
            sections.Number((ulong)(tag.Budget?.HardBytes ?? 0));
            sections.Number(tag.Refusals);
        }
        sections.End();
    }
}
