using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Arena.Collections;

/// <summary>
/// Whether containers look at every access for a copy that outlived its original, and for changes during a walk: in
/// programs that are built for debugging. Decided once, so that compiled code holds nothing of it while it is off.
/// </summary>
internal static class Checks
{
    public const string Switch = "Arena.Collections.Checks";
    public const string Variable = "ARENA_CHECKS";

    /// <summary>True while they look.</summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool IsOn { get; } = Decide(
        Environment.GetEnvironmentVariable(Variable),
        AppContext.TryGetSwitch(Switch, out var isOn) ? isOn : null,
        Assembly.GetEntryAssembly());

    /// <summary>The environment decides first, then the program's configuration, then how it was compiled.</summary>
    public static bool Decide(string? variable, bool? configured, Assembly? program) => variable switch
    {
        "1" or "true" => true,
        "0" or "false" => false,
        _ => configured ?? program?.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled ?? false,
    };
}
