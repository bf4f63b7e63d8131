using System.Runtime.InteropServices;

namespace Arena.Os;

/// <summary>An error of the operating system: the call that failed, the system's code and the system's text.</summary>
/// <param name="Call">The function that failed.</param>
/// <param name="Code">errno, or the code of GetLastError.</param>
/// <param name="Remedy">The remedy that the system's text leaves out; null if there is none.</param>
internal readonly record struct OsError(string Call, int Code, string? Remedy = null)
{
    public static OsError None => default;

    public bool Failed => Call is not null;

    private string Text => Marshal.GetPInvokeErrorMessage(Code);

    public override string ToString() => this switch
    {
        { Failed: false } => "no error",
        { Remedy: null } => $"{Call} failed with OS error {Code} ({Text})",
        _ => $"{Call} failed with OS error {Code} ({Text}; {Remedy})",
    };
}
