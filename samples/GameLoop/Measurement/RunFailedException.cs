namespace GameLoop.Measurement;

/// <summary>Thrown when a backend's run fails; the message says why in one line.</summary>
internal sealed class RunFailedException(string message) : Exception(message);
