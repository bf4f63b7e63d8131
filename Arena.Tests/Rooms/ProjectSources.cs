using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Arena.Tests.Rooms;

/// <summary>
/// The sources of one project, bound by the compiler, so that what a name means is known and not guessed: a name is a
/// reference from the room of its file to the room of the file that declares what it means. A project's rooms are its
/// folders, and its own folder.
/// </summary>
internal sealed class ProjectSources
{
    // The namespaces that the SDK imports in every project (ImplicitUsings).
    private const string GlobalUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private readonly string _folder;
    private readonly CSharpCompilation _compilation;

    /// <param name="folder">The project's folder; its last part is the name of its assembly.</param>
    /// <param name="added">More code, as a file of that path would have it.</param>
    public ProjectSources(string folder, params (string Path, string Code)[] added)
    {
        _folder = folder;
        var name = Path.GetFileName(folder);
        var options = new CSharpParseOptions(LanguageVersion.Latest, DocumentationMode.None);
        IEnumerable<SyntaxTree> trees =
        [
            CSharpSyntaxTree.ParseText(GlobalUsings, options),
            .. Files(folder).Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), options, path)),
            .. added.Select(file => CSharpSyntaxTree.ParseText(file.Code, options, Path.Combine(folder, file.Path))),
        ];
        _compilation = CSharpCompilation.Create(
            name, trees, BuiltWith(name),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
    }

    /// <summary>The rooms of a project that have code.</summary>
    public static IEnumerable<string> Rooms(string folder) =>
        Files(folder).Select(path => RoomOf(folder, path)).Distinct();

    /// <summary>Names of types and namespaces that the compiler did not find: nothing is known of these.</summary>
    public IEnumerable<string> Unknown =>
        from problem in _compilation.GetDiagnostics()
        where problem.Id is "CS0246" or "CS0234"
        select problem.ToString();

    /// <summary>Every reference from one room to another, from all files or from those of one name.</summary>
    public IEnumerable<RoomReference> References(string fileName = "")
    {
        foreach (var tree in _compilation.SyntaxTrees.Where(tree => tree.FilePath.Length != 0))
        {
            if (!tree.FilePath.EndsWith(fileName, StringComparison.Ordinal))
                continue;
            var from = RoomOf(_folder, tree.FilePath);
            var model = _compilation.GetSemanticModel(tree);
            foreach (var node in tree.GetRoot().DescendantNodes())
            {
                foreach (var (to, name) in Meanings(model, node).SelectMany(Declarations))
                {
                    if (to == from)
                        continue;
                    var line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                    yield return new RoomReference(from, to, $"{Path.GetFileName(tree.FilePath)}:{line}", name);
                }
            }
        }
    }

    private static IEnumerable<string> Files(string folder) =>
        from path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        where !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")
        select path;

    // Everything that this test itself runs with: the runtime, the packages, and the projects as they were built.
    private static IEnumerable<MetadataReference> BuiltWith(string name) =>
        from path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        where Path.GetFileNameWithoutExtension(path) != name
        select MetadataReference.CreateFromFile(path);

    private static IEnumerable<ISymbol> Meanings(SemanticModel model, SyntaxNode node)
    {
        if (node is ForEachStatementSyntax loop)
        {
            var calls = model.GetForEachStatementInfo(loop);
            return new ISymbol?[] { calls.GetEnumeratorMethod, calls.MoveNextMethod, calls.CurrentProperty }
                .OfType<ISymbol>();
        }
        return node is SimpleNameSyntax or BaseObjectCreationExpressionSyntax or BinaryExpressionSyntax
            or CastExpressionSyntax or ElementAccessExpressionSyntax or ConstructorInitializerSyntax
            && model.GetSymbolInfo(node).Symbol is { } symbol
            ? [symbol]
            : [];
    }

    private IEnumerable<(string Room, string Name)> Declarations(ISymbol symbol)
    {
        if (symbol is INamespaceSymbol or ILocalSymbol or IParameterSymbol or ITypeParameterSymbol)
            return [];
        var name = symbol is ITypeSymbol ? symbol.Name : $"{symbol.ContainingType?.Name}.{symbol.Name}";
        return
            from place in symbol.OriginalDefinition.Locations
            where place.SourceTree is { FilePath.Length: > 0 }
            select (RoomOf(_folder, place.SourceTree!.FilePath), name);
    }

    private static string RoomOf(string folder, string path)
    {
        var room = Path.GetRelativePath(folder, Path.GetDirectoryName(path)!).Replace('\\', '/');
        return room == "." ? Path.GetFileName(folder) : room;
    }
}
