using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Arena.Tests.Docs;

/// <summary>Every public type has an example in its XML comment, and all of them compile.</summary>
/// <remarks>
/// An example is statements, and types behind them. It may use what <see cref="Given"/> declares; what it declares
/// itself hides that.
/// </remarks>
public sealed class ExampleTests
{
    private const string Given = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading.Tasks;
        global using Arena;
        global using Arena.Collections;
        global using Arena.Diagnostics;
        global using Arena.Pools;
        global using static Given;

        public struct Ship { public int Health; }

        public struct Bullet { public float Speed; }

        public static class Given
        {
            public static readonly PageArena arena = new("game");
            public static readonly Heap heap = new(arena);
            public static readonly SharedHeap shared = new(arena);
            public static readonly FrameAllocator frame = new(arena);
            public static readonly Pool<Bullet> bullets = new(arena);
            public static readonly SharedPool<Bullet> jobs = new(arena);
            public static readonly HandleMap<Ship> ships = new(arena);
            public static readonly RelocatableHeap movable = new(arena);
            public static readonly RelocatableHandle handle = movable.Allocate(64);
            public static readonly LeakTracker tracker = LeakTracker.Attach(arena);
            public static readonly MemoryCapture capture = MemoryCapture.Read("game.arena");
            public static readonly MemoryRecord record = MemoryRecord.Read("server.memory");
            public static readonly AllocationTrace trace = AllocationTrace.Read("game.trace.gz");
            public static readonly double[] seconds = [1, 2, 3];
            public static readonly double[] bytes = [1, 2, 3];
        }
        """;

    private static readonly Type[] OfLibraries =
    [
        typeof(PageArena), typeof(Arena.Pools.Heap), typeof(Arena.Collections.NativeBitSet),
        typeof(Arena.Diagnostics.LeakTracker),
    ];

    [Fact]
    public void Every_public_type_has_an_example()
    {
        var missing = OfLibraries
            .SelectMany(library => library.Assembly.GetExportedTypes())
            .Where(type => !type.IsNested && !Examples().Any(example => example.Member == $"T:{type.FullName}"));
        Assert.True(!missing.Any(), string.Join('\n', missing.Select(type => $"{type} has no <example>")));
    }

    [Fact]
    public void Every_example_compiles()
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var trees = Examples().Select((example, number) => CSharpSyntaxTree.ParseText(
            Wrapped(example.Code, number), options, path: example.Member));
        var compilation = CSharpCompilation.Create(
            "Examples",
            [.. trees, CSharpSyntaxTree.ParseText(Given, options, path: nameof(Given))],
            References(),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable));
        var errors = compilation.GetDiagnostics()
            .Where(found => found.Severity == DiagnosticSeverity.Error)
            .Select(found => $"{found.Location.SourceTree?.FilePath}: {found.GetMessage(null)}\n    "
                + $"{found.Location.SourceTree?.GetText().Lines[found.Location.GetLineSpan().StartLinePosition.Line]}");
        Assert.True(!errors.Any(), string.Join('\n', errors));
    }

    // Statements go into a method, types beside it.
    private static string Wrapped(string code, int number)
    {
        var members = CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot().Members;
        var statements = string.Concat(members.OfType<GlobalStatementSyntax>().Select(member => member.ToFullString()));
        var types = string.Concat(members.Where(member => member is not GlobalStatementSyntax)
            .Select(member => member.ToFullString()));
        return $$"""
            namespace Example{{number}}
            {
                internal static unsafe class Example
                {
                    public static void Run()
                    {
            {{statements}}
                    }
                }
            {{types}}
            }
            """;
    }

    private static IEnumerable<(string Member, string Code)> Examples() =>
        from library in OfLibraries
        let path = Path.ChangeExtension(library.Assembly.Location, ".xml")
        from member in XDocument.Load(path).Descendants("member")
        from code in member.Elements("example").Elements("code")
        select ((string)member.Attribute("name")!, code.Value);

    internal static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => Path.GetFileName(path) is var name
            && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "mscorlib.dll"))
        .Concat(OfLibraries.Select(library => library.Assembly.Location))
        .Select(path => MetadataReference.CreateFromFile(path));
}
