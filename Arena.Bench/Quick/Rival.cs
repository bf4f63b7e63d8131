using Arena.Bench.Contestants;
using Arena.Bench.Peers;

namespace Arena.Bench.Quick;

/// <summary>A C allocator of this run, and what was found out about it.</summary>
internal sealed record Rival(CPeer Peer, PeerFacts Facts)
{
    public string Name => "C " + Peer.Name;

    /// <summary>
    /// Returns those that serve malloc, and adds one line about each that does not: what is missing and what to install
    /// among the known ones, or what is wrong with one that was named.
    /// </summary>
    public static List<Rival> Find(
        string program, IReadOnlyList<CPeer> named, List<string> missing, List<string> faults)
    {
        var rivals = new List<Rival>();
        foreach (var peer in CPeer.All.Append(CheckedPeers.FindScudo()))
        {
            if (peer.Library is not CPeer.NotFound && PeerFacts.Of(program, peer) is { } facts)
                rivals.Add(new Rival(peer, facts));
            else
                missing.Add(peer.Name + " (" + peer.Package + ")");
        }
        foreach (var peer in named)
        {
            if (PeerFacts.Of(program, peer) is { } facts)
                rivals.Add(new Rival(peer, facts));
            else
                faults.Add(
                    $"--peer {peer.Name}: {peer.Library} does not serve malloc when preloaded; it must be a shared "
                    + "library of this machine's kind that exports malloc and free.");
        }
        return rivals;
    }
}
