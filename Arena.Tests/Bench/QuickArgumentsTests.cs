using Arena.Bench.Quick;

namespace Arena.Tests.Bench;

public sealed class QuickArgumentsTests : IDisposable
{
    private readonly string _library = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".so");

    public QuickArgumentsTests() => File.WriteAllText(_library, "");

    public void Dispose() => File.Delete(_library);

    [Fact]
    public void Workloads_and_options_come_in_any_order()
    {
        var wanted = QuickArguments.Parse(
            ["W2", "--peer", "one=" + _library, "--json", "r.json", "W5", "--peer", "two=" + _library], out var fault);
        Assert.Null(fault);
        Assert.Equal(["W2", "W5"], wanted!.Workloads);
        Assert.Equal("r.json", wanted.JsonFile);
        Assert.Equal(["one", "two"], wanted.Peers.Select(p => p.Name));
        Assert.All(wanted.Peers, p => Assert.Equal(_library, p.Library));
    }

    [Theory]
    [InlineData("W1", "W1", true)]
    [InlineData("W1", "W1-48", true)]
    [InlineData("W1", "W11-pool", false)]
    [InlineData("W1", "W10-pair", false)]
    [InlineData("W3", "W3a", true)]
    [InlineData("w6", "W6-larson", true)]
    [InlineData("C", "C3-hit-1K", true)]
    [InlineData("W2", "W3a", false)]
    public void A_workload_is_named_by_its_beginning_but_not_within_its_number(string word, string id, bool isWanted) =>
        Assert.Equal(isWanted, QuickArguments.Parse([word], out _)!.Wants(id));

    [Fact]
    public void Nothing_asks_for_the_whole_table()
    {
        var wanted = QuickArguments.Parse([], out var fault)!;
        Assert.Null(fault);
        Assert.Empty(wanted.Workloads);
        Assert.Null(wanted.JsonFile);
        Assert.Empty(wanted.Peers);
    }

    [Fact]
    public void A_library_is_named_by_its_full_path()
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, _library);
        Assert.Equal(_library, QuickArguments.Parse(["--peer", "mine=" + relative], out _)!.Peers[0].Library);
    }

    [Theory]
    [InlineData("give a name and a library", "--peer", "snmalloc")]
    [InlineData("give a name and a library", "--peer", "=LIBRARY")]
    [InlineData("give a name and a library", "--peer", "snmalloc=")]
    [InlineData("there is no file", "--peer", "snmalloc=/no/such/file.so")]
    [InlineData("there is no file", "--peer", "snmalloc=/")]
    [InlineData("the name is given twice", "--peer", "mine=LIBRARY", "--peer", "Mine=LIBRARY")]
    [InlineData("has a peer of this name", "--peer", "mimalloc=LIBRARY")]
    [InlineData("has a peer of this name", "--peer", "glibc=LIBRARY")]
    [InlineData("has a peer of this name", "--peer", "Scudo=LIBRARY")]
    [InlineData("--peer needs a value", "W1", "--peer")]
    [InlineData("--json needs a value", "--json")]
    [InlineData("--pear is no option", "--pear", "mine=LIBRARY")]
    public void What_is_wrong_is_named(string expected, params string[] arguments)
    {
        var filled = Array.ConvertAll(arguments, a => a.Replace("LIBRARY", _library, StringComparison.Ordinal));
        Assert.Null(QuickArguments.Parse(filled, out var fault));
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_the_loader_would_divide_is_refused()
    {
        var divided = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + " or this.so");
        File.WriteAllText(divided, "");
        try
        {
            Assert.Null(QuickArguments.Parse(["--peer", "mine=" + divided], out var fault));
            Assert.Contains("has a space or a colon", fault, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(divided);
        }
    }
}
