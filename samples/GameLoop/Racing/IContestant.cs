using GameLoop.Churning;
using GameLoop.Measurement;

namespace GameLoop.Racing;

/// <summary>
/// A backend that takes part. It is called in this order: prepare, any number of slices, end, any number of rounds of
/// churn; and does nothing between two calls.
/// </summary>
internal interface IContestant : IDisposable
{
    /// <summary>Named in every table and error.</summary>
    string Name { get; }

    /// <summary>Rehearses, builds the world and plays its first frames.</summary>
    /// <param name="onPercent">Called at every percent, on any thread.</param>
    void Prepare(Action onPercent);

    /// <summary>Plays some measured frames.</summary>
    Slice Step(int frames);

    /// <summary>Plays a frame that is not measured, and shows the world.</summary>
    WorldLook Look();

    /// <summary>Closes the world.</summary>
    WorldTotals End();

    /// <summary>Plays one round of churn.</summary>
    /// <returns>Nanoseconds for one operation.</returns>
    double Churn(ChurnKind kind);
}
