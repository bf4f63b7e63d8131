namespace Arena.Report.Options;

/// <summary>How the tool ends. What it finds does not change that: a leak is a finding, not a failure.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Nothing could be shown, or not be written.</summary>
    public const int Failed = 1;
    public const int BadOption = 2;
}
