using Arena.Tests.Observation;

namespace Arena.Tests.Walks;

/// <summary>
/// One rule for all walks: what the body freed is not shown, what it allocated may be shown, the walk goes upwards and
/// ends, and after Dispose its next step throws.
/// </summary>
public sealed class WalkRuleTests
{
    private const int Count = 400;

    public static TheoryData<string> Kinds => WalkedKinds.Names;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_body_that_changes_everything_sees_what_lives_and_only_that(string kind)
    {
        for (var seed = 1; seed <= 12; seed++)
        {
            using var arena = new PageArena($"{kind}, seed {seed}");
            using var walked = WalkedKinds.Make(kind, arena);
            new Run(walked, arena, seed).Play();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_others_of_the_current_ones_word_that_the_body_frees_are_not_shown(string kind)
    {
        using var arena = new PageArena(kind);
        using var walked = WalkedKinds.Make(kind, arena);
        var all = Enumerable.Range(0, Count).Select(_ => walked.Allocate()).Order().ToArray();
        var seen = new List<nint>();
        walked.Walk(address =>
        {
            seen.Add(address);
            if (seen.Count > 1)
                return;
            foreach (var other in all)
            {
                if (other != address)
                    walked.Free(other);
            }
        });
        Assert.Equal([all[0]], seen);
        walked.Free(all[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_walk_whose_body_allocates_ends(string kind)
    {
        using var arena = new PageArena(kind);
        using var walked = WalkedKinds.Make(kind, arena);
        var live = Enumerable.Range(0, 5).Select(_ => walked.Allocate()).ToHashSet();
        var steps = 0;
        walked.Walk(_ =>
        {
            Assert.True(++steps < 200_000, $"{kind}: no end after {steps} steps");
            for (var i = 0; i < (steps < 2000 ? 3 : 0); i++)
                live.Add(walked.Allocate());
        });
        Assert.True(steps >= 5, $"{kind}: {steps} steps");
        foreach (var address in live)
            walked.Free(address);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_step_after_Dispose_throws(string kind)
    {
        using var arena = new PageArena(kind);
        var walked = WalkedKinds.Make(kind, arena);
        AssertEndsWith(walked, walked.Dispose);
        AssertEndsWith(WalkedKinds.Make(kind, arena), arena.Dispose);
    }

    private static void AssertEndsWith(IWalked walked, Action dispose)
    {
        for (var i = 0; i < 10; i++)
            walked.Allocate();
        var steps = 0;
        Assert.Throws<ObjectDisposedException>(() => walked.Walk(_ =>
        {
            if (++steps == 3)
                dispose();
        }));
        Assert.Equal(3, steps);
    }

    private sealed class Run(IWalked walked, PageArena arena, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly RecordingObserver _observer = new();
        private readonly HashSet<nint> _live = [];
        private readonly HashSet<nint> _untouched = [];
        private bool _isObserved;

        public void Play()
        {
            for (var i = 0; i < Count; i++)
                _live.Add(walked.Allocate());
            foreach (var address in _live.Order().Where((_, i) => i % 7 > 4).ToArray())
                Free(address);
            for (var walk = 0; walk < 3; walk++)
                Walk();
            foreach (var address in _live.ToArray())
                Free(address);
            walked.Walk(address => Assert.Fail($"seed {seed}: {address:x} was freed"));
        }

        private void Walk()
        {
            _untouched.Clear();
            _untouched.UnionWith(_live);
            var seen = new List<nint>();
            walked.Walk(address =>
            {
                Assert.True(_live.Contains(address), $"seed {seed}: {address:x} was freed, after {seen.Count}");
                Assert.True(seen.Count == 0 || seen[^1] < address, $"seed {seed}: {address:x} is not above");
                seen.Add(address);
                for (var i = _random.Next(3); i > 0; i--)
                    Change(address);
            });
            Assert.Empty(_untouched.Except(seen));
        }

        private void Change(nint current)
        {
            switch (_random.Next(20))
            {
                case < 6 when _live.Contains(current):
                    Free(current);
                    break;
                case < 12 when _live.Count > 0:
                    var above = _live.Where(address => address > current).Order().Take(70).ToArray();
                    if (above.Length > 0)
                        Free(above[_random.Next(above.Length)]);
                    break;
                case < 17:
                    _live.Add(walked.Allocate());
                    break;
                case 18:
                    walked.Trim();
                    break;
                case 19 when _random.Next(4) == 0:
                    Watch();
                    break;
            }
        }

        private void Watch()
        {
            if (_isObserved)
                arena.Detach(_observer);
            else
                arena.Attach(_observer);
            _isObserved = !_isObserved;
        }

        private void Free(nint address)
        {
            walked.Free(address);
            _live.Remove(address);
            _untouched.Remove(address);
        }
    }
}
