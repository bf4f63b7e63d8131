namespace Guides.Moving;

/// <summary>The game at one step of its move.</summary>
internal interface ISwarm : IDisposable
{
    void Step(int frame);

    /// <summary>A number that is the same at every step of the move if nothing went wrong.</summary>
    long Checksum();
}
