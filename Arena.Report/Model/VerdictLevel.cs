namespace Arena.Report.Model;

/// <summary>The severity of a finding.</summary>
internal enum VerdictLevel
{
    Unknown,
    Good,
    Suspect,
    Leak,
}
