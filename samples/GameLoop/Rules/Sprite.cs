using System.Numerics;

namespace GameLoop.Rules;

/// <summary>One thing to draw: its place on the screen, and its colour.</summary>
internal readonly record struct Sprite(Vector2 OnScreen, uint Colour);
