using Arena.Os;

namespace Arena.Tests.Os;

public sealed class OsErrorTests
{
    [Fact]
    public void An_error_that_did_not_happen_has_not_failed() => Assert.False(OsError.None.Failed);

    [Fact]
    public Task An_error_names_the_call_the_code_and_what_the_system_says_of_it()
    {
        // The texts of errno are the C library's; only Linux's are verified here.
        if (!OperatingSystem.IsLinux())
            return Task.CompletedTask;
        OsError[] errors = [new("mmap", 12), new("mprotect", 22), new("madvise", 11, "try again"), OsError.None];
        return Verify(string.Join('\n', errors));
    }
}
