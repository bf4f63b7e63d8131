namespace GameLoop.Rollback;

/// <summary>The result of one contestant. Times are medians.</summary>
/// <param name="Name">The memory, and the way back.</param>
/// <param name="FrameMs">Milliseconds of a frame without a save.</param>
/// <param name="SavedFrameMs">Milliseconds of a frame that is saved, with its checksum.</param>
/// <param name="SaveMs">Milliseconds of the save in it.</param>
/// <param name="RestoreMs">Milliseconds of going back.</param>
/// <param name="RollbackMs">Milliseconds of going back and playing all of it again, saves included.</param>
/// <param name="HeldBytes">Held for going back; -1 where that is not known.</param>
/// <param name="ManagedBytes">Managed bytes of a saved frame.</param>
/// <param name="Checksum">The checksum of the world in the end, the same for all.</param>
/// <param name="WrongFrame">The first frame that was another one when it was played again; -1 for none.</param>
internal sealed record RollbackResult(
    string Name, double FrameMs, double SavedFrameMs, double SaveMs, double RestoreMs, double RollbackMs,
    long HeldBytes, long ManagedBytes, ulong Checksum, int WrongFrame);
