namespace GameLoop.Measurement;

/// <summary>A backend's run did not end; the message says why in one line.</summary>
internal sealed class RunFailedException(string message) : Exception(message);
