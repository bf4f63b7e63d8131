namespace GameLoop.Racing;

/// <summary>Receives the progress of a race, on any thread.</summary>
internal interface IRaceProgress
{
    /// <summary>A contestant has played this share of its first frames.</summary>
    void Preparing(string name, int percent);

    /// <summary>This share of the measured frames was played by all.</summary>
    void Playing(double share);

    /// <summary>This share of the churn was played by all.</summary>
    void Churning(double share);
}
