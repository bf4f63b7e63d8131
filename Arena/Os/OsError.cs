using System.Runtime.InteropServices;

namespace Arena.Os;

/// <summary>What the operating system said: the call that failed, its own code and its own text.</summary>
/// <param name="Call">The function that failed.</param>
/// <param name="Code">errno, or the code of GetLastError.</param>
/// <param name="Remedy">What the system's text leaves out and a user needs; null if nothing.</param>
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
