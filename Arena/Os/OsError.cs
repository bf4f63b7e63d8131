using System.Runtime.InteropServices;

namespace Arena.Os;

/// <summary>What the operating system said: the call that failed, its own code and its own text.</summary>
internal readonly record struct OsError(string Call, int Code)
{
    public static OsError None => default;

    public bool Failed => Call is not null;

    /// <summary>Reads the calling thread's last error; to be called right after the failed call.</summary>
    public static OsError Last(string call) => new(call, Marshal.GetLastSystemError());

    public override string ToString() =>
        Failed ? $"{Call} failed with OS error {Code} ({Marshal.GetPInvokeErrorMessage(Code)})" : "no error";
}
