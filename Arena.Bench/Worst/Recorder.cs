namespace Arena.Bench.Worst;

/// <summary>The times of a scenario's calls, by kind.</summary>
internal sealed class Recorder
{
    private readonly List<CallTimes> _kinds = [];

    public IReadOnlyList<CallTimes> Kinds => _kinds;

    /// <summary>Returns the times of one kind, the same ones in each run.</summary>
    public CallTimes this[string name]
    {
        get
        {
            var kind = _kinds.Find(k => k.Name == name);
            if (kind is null)
                _kinds.Add(kind = new CallTimes(name));
            return kind;
        }
    }

    public void Restart() => _kinds.ForEach(k => k.Restart());
}
