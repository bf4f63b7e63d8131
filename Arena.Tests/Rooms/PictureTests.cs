using System.Globalization;
using System.Xml.Linq;

namespace Arena.Tests.Rooms;

/// <summary>
/// The picture in docs/architecture.svg shows every room of the libraries, in the order of <see cref="RoomsTests"/>:
/// upwards by rows, and in a row from left to right.
/// </summary>
public sealed class PictureTests
{
    private const string Svg = "{http://www.w3.org/2000/svg}";

    [Theory]
    [InlineData("Arena")]
    [InlineData("Arena.Pools")]
    [InlineData("Arena.Collections")]
    [InlineData("Arena.Diagnostics")]
    public void The_picture_shows_the_rooms_in_their_order(string project)
    {
        var picture = XDocument.Load(Path.Combine(RoomsTests.Root(), "docs", "architecture.svg")).Root!;
        var elements = picture.Elements().ToList();
        var title = elements.Single(element => element.Name == Svg + "text" && element.Value == project);
        var around = elements[elements.IndexOf(title) - 1];
        var rooms =
            from element in elements
            where element.Attribute("class")?.Value == "r" && Contains(around, element)
            orderby Number(element, "y") descending, Number(element, "x")
            select elements[elements.IndexOf(element) + 1].Value;
        var expected = RoomsTests.RoomsOf(project)
            .Where(room => !room.StartsWith("Capture/", StringComparison.Ordinal))
            .Select(room => room == project ? "(root)" : room);
        Assert.Equal(expected, rooms);
    }

    private static bool Contains(XElement around, XElement element) =>
        Number(element, "x") >= Number(around, "x")
        && Number(element, "x") < Number(around, "x") + Number(around, "width")
        && Number(element, "y") >= Number(around, "y")
        && Number(element, "y") < Number(around, "y") + Number(around, "height");

    private static int Number(XElement element, string attribute) =>
        int.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
