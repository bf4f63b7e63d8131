namespace Arena.Tests.Rooms;

/// <summary>A place in the code of one room that names something which is declared in another.</summary>
/// <param name="From">The room of the code.</param>
/// <param name="To">The room of the declaration.</param>
/// <param name="Place">File and line of the code.</param>
/// <param name="Name">The name that it refers to.</param>
internal sealed record RoomReference(string From, string To, string Place, string Name);
