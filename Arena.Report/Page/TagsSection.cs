using System.Xml.Linq;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>Memory by tag, and budgets.</summary>
internal static class TagsSection
{
    public static PageSection? Of(ReportModel model)
    {
        var arenas = model.Arenas.Where(arena => arena.BudgetBytes > 0).ToArray();
        if (model.Tags.All(tag => tag.Tag is null) && arenas.Length == 0)
            return null;
        var table = new HtmlTable("Budgets", "<Tag or arena", "bytes", "count", "budget", "used", "refused", "<");
        foreach (var arena in arenas)
        {
            table.Add(
                $"arena '{arena.Name}', committed", Units.Bytes(arena.CommittedBytes), "",
                Units.Bytes(arena.BudgetBytes), Units.Percent(arena.CommittedBytes / (double)arena.BudgetBytes), "",
                Bar(arena.CommittedBytes / (double)arena.BudgetBytes));
        }
        foreach (var tag in model.Tags)
        {
            var ceiling = tag.HardBytes > 0 ? tag.HardBytes : tag.SoftBytes;
            table.Add(
                tag.Tag ?? "(no tag)", Units.Bytes(tag.Bytes), Units.Count(tag.Count),
                ceiling > 0 ? Units.Bytes(ceiling) + (tag.HardBytes > 0 ? "" : " soft") : "–",
                ceiling > 0 ? Units.Percent(tag.Bytes / (double)ceiling) : "",
                Units.Count(tag.Refusals),
                ceiling > 0 ? Bar(tag.Bytes / (double)ceiling) : "");
        }
        return new PageSection("budgets", "Tags and budgets", table.ToElement());
    }

    private static XElement Bar(double used) => Html.Element(
        "svg",
        Html.Class("bar"),
        new XAttribute("viewBox", "0 0 100 10"),
        new XAttribute("preserveAspectRatio", "none"),
        new XAttribute("aria-hidden", "true"),
        Html.Element("path", Html.Class("all"), new XAttribute("d", "M0 0h100v10h-100z")),
        Html.Element(
            "path",
            Html.Class(used >= 1 ? "over" : "used"),
            new XAttribute("d", FormattableString.Invariant(
                $"M0 0h{100 * Math.Clamp(used, 0, 1):0.#}v10h-{100 * Math.Clamp(used, 0, 1):0.#}z"))));
}
