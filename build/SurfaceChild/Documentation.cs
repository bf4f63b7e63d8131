using System.Reflection;
using System.Xml.Linq;

namespace SurfaceChild;

/// <summary>Reads what the XML comments promise, from the files beside the assemblies.</summary>
internal sealed class Documentation
{
    private const string Disposed = "T:System.ObjectDisposedException";

    private readonly Dictionary<string, XElement> _members = [];

    public Documentation(IEnumerable<Assembly> assemblies)
    {
        foreach (var assembly in assemblies)
        {
            var file = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
            foreach (var member in file.Descendants("member"))
                _members[member.Attribute("name")!.Value] = member;
        }
    }

    /// <summary>Returns whether a member's comment says that it throws an ObjectDisposedException.</summary>
    public bool SaysDisposed(MemberInfo member) => SaysDisposed(DocumentationIds.Of(member));

    private bool SaysDisposed(string id)
    {
        if (!_members.TryGetValue(id, out var member))
            return false;
        return member.Elements("exception").Any(e => e.Attribute("cref")?.Value == Disposed)
            || member.Elements("inheritdoc").Any(e => e.Attribute("cref") is { } other && SaysDisposed(other.Value));
    }
}
