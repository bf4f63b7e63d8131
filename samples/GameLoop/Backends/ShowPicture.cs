using GameLoop.Rules;

namespace GameLoop.Backends;

/// <summary>Receives the draw list of a frame. It lives in the frame's memory: whoever wants to keep it copies it.</summary>
internal delegate void ShowPicture(ReadOnlySpan<Sprite> sprites);
