using GameLoop.Backends;

namespace GameLoop.Rollback;

/// <summary>A world that goes back to any of its last frames.</summary>
internal interface IRollback : IDisposable
{
    /// <summary>The backend, as results spell it, and how it goes back.</summary>
    string Name { get; }

    World World { get; }

    /// <summary>From now on, frames can be saved.</summary>
    void Begin(int frames);

    /// <summary>Saves the world's present frame.</summary>
    /// <returns>A checksum of all that lives.</returns>
    ulong Save();

    /// <summary>Takes the world back to a frame.</summary>
    void Restore(int frame);

    /// <summary>Frames are saved no more, and those that are held are dropped.</summary>
    void End();

    /// <summary>Bytes held for going back; -1 where that is not known.</summary>
    long HeldBytes { get; }
}
