using System.Runtime.CompilerServices;
using FuzzTarget;
using Xunit.Abstractions;

namespace Arena.Tests.Fuzzing;

/// <summary>
/// The lists that a fuzzer plays (build/FuzzTarget): the files of the corpus, and random ones.
/// </summary>
/// <remarks>
/// A failure prints its seed: ARENA_FUZZ_SEED plays it again, and ARENA_FUZZ_LISTS says how many lists are played.
/// </remarks>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int ListBytes = 4_000;

    public static TheoryData<string> Corpus =>
        [.. Directory.EnumerateFiles(Folder()).Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Corpus))]
    public void The_corpus_is_played_without_a_finding(string name) =>
        Assert.NotEqual(0, OperationList.Play(File.ReadAllBytes(Path.Combine(Folder(), name))));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Random_lists_are_played_without_a_finding(byte guard)
    {
        var seed = Number("ARENA_FUZZ_SEED") ?? Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var list = new byte[ListBytes];
        long count = 0;
        for (var i = 0; i < (Number("ARENA_FUZZ_LISTS") ?? 6); i++)
        {
            random.NextBytes(list);
            list[0] = guard;
            count += OperationList.Play(list);
        }
        output.WriteLine($"{count} operations");
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : null;

    private static string Folder([CallerFilePath] string file = "") =>
        Path.Combine(Path.GetDirectoryName(file)!, "Corpus");
}
