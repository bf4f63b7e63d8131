namespace Arena.Report.Options;

/// <summary>The tool's exit codes. They do not depend on what it finds: a leak is a finding, not a failure.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Nothing could be shown, or written.</summary>
    public const int Failed = 1;
    public const int BadOption = 2;

    /// <summary>Describes the codes of a command for its help.</summary>
    public static string Of(string success, string failure) =>
        $"It exits with {Success} if {success}, with {Failed} if {failure}, and with {BadOption} for a bad option.";
}
