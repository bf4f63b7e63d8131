namespace GameLoop.Options;

/// <summary>The settings as columns name them, and how a process is started under them.</summary>
internal static class GcSettingWords
{
    extension(GcSetting setting)
    {
        public string Word => setting switch
        {
            GcSetting.Default => "gc",
            GcSetting.Server => "gc server",
            GcSetting.NotConcurrent => "gc not concurrent",
            GcSetting.LowLatency => "gc low latency",
            GcSetting.LargeGen0 => "gc gen0 256 MiB",
            _ => throw new ArgumentOutOfRangeException(nameof(setting)),
        };

        /// <summary>The variables of the environment that the runtime reads when the process starts.</summary>
        public IReadOnlyList<(string Name, string Value)> Variables => setting switch
        {
            GcSetting.Server => [("DOTNET_gcServer", "1")],
            GcSetting.NotConcurrent => [("DOTNET_gcConcurrent", "0")],
            // Hexadecimal, as the runtime reads it.
            GcSetting.LargeGen0 => [("DOTNET_GCgen0size", "10000000")],
            _ => [],
        };
    }
}
