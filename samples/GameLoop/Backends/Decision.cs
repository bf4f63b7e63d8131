namespace GameLoop.Backends;

/// <summary>The purposes of random numbers; gaps are for decisions that are taken several times a frame.</summary>
internal enum Decision
{
    Launch,
    Fire,
    Pickup,
    Exhaust,
    Plan,
    Send,
    Forget,
    Spark = 1 << 10,
    Wreck = 1 << 20,
}
