namespace GameLoop.Options;

/// <summary>Backends as the command line and the results spell them.</summary>
internal static class BackendWords
{
    extension(Backend backend)
    {
        public string Word => backend switch
        {
            Backend.Arena => "arena",
            Backend.Gc => "gc",
            Backend.Malloc => "malloc",
            _ => throw new ArgumentOutOfRangeException(nameof(backend)),
        };
    }
}
