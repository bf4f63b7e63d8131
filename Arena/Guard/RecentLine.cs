using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>The line of the last call, which as a rule makes the next one too, with its number.</summary>
internal struct RecentLine
{
    private string? _file;
    private string? _member;
    private int _line;
    private int _number;

    /// <summary>Returns the number of a line, as <see cref="SourceLines"/> does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int NumberOf(in SourceLine caller) =>
        _line == caller.Line && ReferenceEquals(_file, caller.File) && ReferenceEquals(_member, caller.Member)
            ? _number
            : Renew(in caller);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Renew(in SourceLine caller)
    {
        var number = SourceLines.NumberOf(in caller);
        (_file, _line, _member) = caller;
        return _number = number;
    }
}
