using System.IO.Compression;
using System.Text;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>Traces that something else wrote, as text and as gzip: read, or refused by their line.</summary>
public sealed class TraceMutantTests
{
    private const int Mutants = 200;

    private static readonly string[] Words =
    [
        "a", "r", "f", "m", "#", "t0", "t65535", "t65536", "0", "1", "24", "16", "-1", "4294967296",
        "9223372036854775807", "18446744073709551616", "", " ", "\0", "\r", "é", "events=0", "program=\"",
    ];

    private static readonly string Old = Unpacked(FixedFile.Bytes("written-by-1.0.trace.gz"));

    public static TheoryData<int> Seeds => LongRuns.Seeds(usual: 4);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_a_trace_says_reading_it_takes_what_follows_its_text(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < Mutants; run++)
        {
            var text = Mutant(random);
            var isPacked = random.Next(2) == 0;
            var file = isPacked ? Packed(text) : Encoding.UTF8.GetBytes(text);
            if (random.Next(4) == 0)
                file = file[..random.Next(file.Length)];
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var trace = AllocationTrace.Read(new MemoryStream(file), "mutant");
                Assert.True(trace.Problem is null || !trace.Problem.Contains('\n', StringComparison.Ordinal));
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith("mutant:", e.Message, StringComparison.Ordinal);
            }
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < (1 << 18) + 100L * text.Length, $"seed {seed}, run {run}: {text.Length}, {taken}");
        }
    }

    private static string Mutant(Random random)
    {
        var lines = Old.Split('\n').ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(lines.Count);
            switch (random.Next(5))
            {
                case 0:
                    lines.InsertRange(at, Enumerable.Repeat(lines[at], random.Next(1, 1_000)));
                    break;
                case 1:
                    lines.RemoveAt(at);
                    break;
                default:
                    var words = lines[at].Split(' ');
                    words[random.Next(words.Length)] = Words[random.Next(Words.Length)];
                    lines[at] = string.Join(' ', words);
                    break;
            }
        }
        return string.Join('\n', lines);
    }

    private static byte[] Packed(string text)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
            zip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    private static string Unpacked(byte[] file)
    {
        using var text = new StreamReader(new GZipStream(new MemoryStream(file), CompressionMode.Decompress));
        return text.ReadToEnd();
    }
}
