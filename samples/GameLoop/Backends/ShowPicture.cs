using GameLoop.Rules;

namespace GameLoop.Backends;

/// <summary>Receives the draw list of a frame, which lives in the frame's memory: to keep it, copy it.</summary>
internal delegate void ShowPicture(ReadOnlySpan<Sprite> sprites);
