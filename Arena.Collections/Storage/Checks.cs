using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Arena.Collections;

/// <summary>
/// Decides whether containers check every access for stale copies, and walks for changes: in debug builds of the
/// program. It is decided once, so that compiled code has no trace of the checks while they are off.
/// </summary>
internal static class Checks
{
    public const string Switch = "Arena.Collections.Checks";
    public const string Variable = "ARENA_CHECKS";

    /// <summary>True if containers check.</summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool IsOn { get; } = Decide(
        Environment.GetEnvironmentVariable(Variable),
        AppContext.TryGetSwitch(Switch, out var isOn) ? isOn : null,
        Assembly.GetEntryAssembly());

    /// <summary>
    /// Decides by the environment first, then by the program's configuration, then by how it was compiled.
    /// </summary>
    public static bool Decide(string? variable, bool? configured, Assembly? program) => variable switch
    {
        "1" or "true" => true,
        "0" or "false" => false,
        _ => configured ?? program?.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled ?? false,
    };
}
