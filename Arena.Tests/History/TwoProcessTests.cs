using System.Globalization;
using System.Runtime.InteropServices;
using Arena.Tests.Diagnostics;
using Arena.Tests.Os;

namespace Arena.Tests.History;

/// <summary>Two processes play the same inputs, agree in every frame, and name the byte in which they do not.</summary>
public sealed class TwoProcessTests : IDisposable
{
    private const int Frames = 10_000;
    private const int WrongFrame = 7_321;

    // Where nothing lies in a 64-bit process.
    private static readonly string Place = (1L << 44).ToString(CultureInfo.InvariantCulture);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("history");

    public void Dispose() => _folder.Delete(recursive: true);

    [LinuxFact]
    public void They_agree_for_ten_thousand_frames_wherever_their_memory_lies()
    {
        using var first = Start("first", "0", Frames, wrong: -1);
        using var second = Start("second", Place, Frames, wrong: -1);
        Assert.Equal((0, 0), (first.ExitCode(), second.ExitCode()));
        var sums = Checksums("first");
        Assert.Equal(Frames, sums.Length);
        Assert.Equal(Frames, sums.Distinct().Count());
        Assert.Equal(sums, Checksums("second"));
    }

    [LinuxFact]
    public void A_byte_that_differs_is_named_by_frame_allocator_slot_and_offset()
    {
        using (var right = Start("right", Place, WrongFrame + 100, wrong: -1))
        using (var wrong = Start("wrong", "0", WrongFrame + 100, WrongFrame))
            Assert.Equal((0, 0), (right.ExitCode(), wrong.ExitCode()));
        var frame = Checksums("right").AsSpan().CommonPrefixLength(Checksums("wrong"));
        Assert.Equal(WrongFrame, frame);

        using (var right = Start("right", Place, frame + 1, wrong: -1, asked: frame))
            Assert.Equal(0, right.ExitCode());
        using var compared = Start("wrong", Place, frame + 1, WrongFrame, asked: frame);
        var changed = compared.ReadLine();
        Assert.StartsWith("bolts ", changed, StringComparison.Ordinal);
        Assert.Equal(changed, compared.ReadLine());
        Assert.Null(compared.ReadLine());
    }

    private ChildOfTest Start(string name, string place, int frames, int wrong, int asked = -1) => new(
        "simulate", place, Text(frames), Text(wrong), PathOf($"{name}.sums"), Text(asked), PathOf("frame"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private ulong[] Checksums(string name) =>
        MemoryMarshal.Cast<byte, ulong>(File.ReadAllBytes(PathOf($"{name}.sums"))).ToArray();
}
