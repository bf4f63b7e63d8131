namespace GameLoop.Churning;

/// <summary>A backend's churn.</summary>
internal interface IChurn : IDisposable
{
    /// <summary>Plays one round.</summary>
    /// <returns>Nanoseconds for one operation.</returns>
    double Play(ChurnKind kind);
}
