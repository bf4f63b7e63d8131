using System.Diagnostics;
using Arena.Bench.Contestants;
using Arena.Bench.Peers;

namespace Arena.Tests.Bench;

/// <summary>
/// The probe of C allocators, with libraries whose way with a second free is known because they are compiled here.
/// </summary>
public sealed class PeerFactsTests : IDisposable
{
    // A bump pointer over fixed memory; {0} is what a second free does. A freed place has its lowest word set.
    private const string Source = """
        #include <stddef.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        static char memory[1 << 28];
        static size_t used;
        static char *again;
        void *malloc(size_t n) {
            if (n == 64 && again) { char *p = again; again = *(char **)p; return p; }
            size_t at = (used + 31) & ~(size_t)15;
            used = at + n;
            *(size_t *)(memory + at - 16) = n;
            return used <= sizeof memory ? memory + at : NULL;
        }
        void free(void *p) {
            if (!p) return;
            ON_FREE
        }
        void *calloc(size_t a, size_t b) { return malloc(a * b); }
        void *realloc(void *p, size_t n) {
            void *q = malloc(n);
            if (p && q) memcpy(q, p, n < ((size_t *)p)[-2] ? n : ((size_t *)p)[-2]);
            return q;
        }
        """;

    private const string Keeps = "";
    private const string Recycles = "if (((size_t *)p)[-2] == 64) { *(char **)p = again; again = p; }";
    private const string Refuses = "if (((size_t *)p)[-1]) abort(); ((size_t *)p)[-1] = 1;";
    private const string Faults = "if (((size_t *)p)[-1]) *(volatile int *)0 = 1; ((size_t *)p)[-1] = 1;";

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [CompilerTheory]
    [InlineData(nameof(Keeps), Keeps, true)]
    [InlineData(nameof(Refuses), Refuses, true)]
    [InlineData(nameof(Recycles), Recycles, false)]
    [InlineData(nameof(Faults), Faults, false)]
    public void A_second_free_shows_who_checks(string name, string onFree, bool isChecked)
    {
        var facts = PeerFacts.Of(Probe(), new CPeer("test", Compile(name, onFree), "", "malloc", "free"));
        Assert.NotNull(facts);
        Assert.Equal(isChecked ? FreeCheck.Checked : FreeCheck.Unchecked, facts.Frees);
        // It does not know its version, and no package has it.
        Assert.Matches($"{name}.so, [0-9,]+ bytes", facts.Version);
    }

    [CompilerFact]
    public void A_library_that_does_not_serve_malloc_has_no_facts()
    {
        var source = Path.Combine(_folder, "none.c");
        File.WriteAllText(source, "int nothing;");
        var library = Path.ChangeExtension(source, ".so");
        Gcc(source, library);
        Assert.Null(PeerFacts.Of(Probe(), new CPeer("none", library, "", "malloc", "free")));
        Assert.Null(PeerFacts.Of(Probe(), new CPeer("gone", library + ".gone", "", "malloc", "free")));
    }

    private static string Probe() =>
        PeerProgram.Compile("peer_loops", out var remedy) ?? throw new InvalidOperationException(remedy);

    private string Compile(string name, string onFree)
    {
        var source = Path.Combine(_folder, name + ".c");
        File.WriteAllText(source, Source.Replace("ON_FREE", onFree, StringComparison.Ordinal));
        var library = Path.ChangeExtension(source, ".so");
        Gcc(source, library);
        return library;
    }

    private static void Gcc(string source, string library)
    {
        using var gcc = Process.Start("gcc", ["-O1", "-fPIC", "-shared", "-fno-builtin", source, "-o", library]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
    }

    private static class Compiler
    {
        private const string Gcc = "gcc";

        public static string? Missing { get; } =
            OperatingSystem.IsLinux() && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
                .Any(folder => File.Exists(Path.Combine(folder, Gcc)))
                ? null
                : "compiles an allocator: Linux with gcc only";
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class CompilerTheoryAttribute : TheoryAttribute
    {
        public CompilerTheoryAttribute() => Skip = Compiler.Missing;
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class CompilerFactAttribute : FactAttribute
    {
        public CompilerFactAttribute() => Skip = Compiler.Missing;
    }
}
