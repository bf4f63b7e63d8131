using Arena.Os;

namespace Arena.Tests.Os;

public sealed class OsContractTests
{
    public static TheoryData<string> Sentences => new(OsContract.Checks.Select(check => check.Sentence));

    [Theory]
    [MemberData(nameof(Sentences))]
    public void The_running_system_keeps_the_contract(string sentence) => Check(sentence, VirtualMemory.Native);

    [LinuxTheory]
    [MemberData(nameof(Sentences))]
    public void The_calls_made_on_macOS_keep_the_contract(string sentence) => Check(sentence, MacContext.Memory);

    [LinuxTheory]
    [MemberData(nameof(Sentences))]
    public void A_context_that_fails_no_call_changes_nothing(string sentence) =>
        Check(sentence, new FailingContext().Memory);

    [LinuxTheory]
    [MemberData(nameof(Sentences))]
    public void So_does_a_Linux_without_guards(string sentence) =>
        Check(sentence, new FailingContext(PosixNumbers.LinuxWithoutGuards).Memory);

    [LinuxTheory]
    [MemberData(nameof(Sentences))]
    public void So_does_a_Linux_that_takes_access_with_storage(string sentence) =>
        Check(sentence, new FailingContext(FailingContext.TakingAccess).Memory);

    private static void Check(string sentence, VirtualMemory memory) =>
        OsContract.Checks.Single(check => check.Sentence == sentence).Run(memory);
}
