using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Arena.Tests.Docs;

/// <summary>The code in docs/guides/engines.md compiles against the signatures of the engines that it uses.</summary>
public sealed class EnginePageTests
{
    // From the sources of MonoGame 3.8, Godot 4.4 and Stride 4.2, as far as the page uses them.
    private const string Engines = """
        global using System;
        global using Arena;
        global using Arena.Pools;

        namespace Microsoft.Xna.Framework
        {
            public class GameTime { public TimeSpan ElapsedGameTime { get; set; } }

            public class Game : IDisposable
            {
                protected virtual void Update(GameTime gameTime) { }
                protected virtual void Dispose(bool disposing) { }
                public void Dispose() => Dispose(true);
            }
        }

        namespace Godot
        {
            public readonly struct Rid { }

            public class Node2D
            {
                public virtual void _Ready() { }
                public virtual void _Process(double delta) { }
                public virtual void _ExitTree() { }
            }

            public static class RenderingServer
            {
                public static void MultimeshSetBuffer(Rid multimesh, ReadOnlySpan<float> buffer) { }
            }
        }

        namespace Stride.Engine
        {
            public class GameTime { public TimeSpan Elapsed { get; } }

            public interface IGame { GameTime UpdateTime { get; } }

            public abstract class SyncScript
            {
                public IGame Game { get; } = null!;
                public virtual void Start() { }
                public abstract void Update();
                public virtual void Cancel() { }
            }
        }
        """;

    [Fact]
    public void Its_code_compiles()
    {
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/guides/engines.md"));
        var blocks = GuidePage.Blocks(page, "csharp").ToArray();
        Assert.Equal(4, blocks.Length);
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Engines",
            blocks.Append(Engines).Select(code => CSharpSyntaxTree.ParseText(code, options)),
            ExampleTests.References(),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error));
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
