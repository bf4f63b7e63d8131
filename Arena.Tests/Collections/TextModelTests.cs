using System.Text;
using Arena.Collections;
using Heap = Arena.Pools.Heap;

namespace Arena.Tests.Collections;

/// <summary>A text and a StringBuilder do the same, on every allocator, with memory that runs out.</summary>
public sealed class TextModelTests
{
    private static readonly string[] Words = ["a", "wörd", "日本", "🚀", "", new string('x', 90)];

    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_text_does_what_StringBuilder_does(string kind)
    {
        const int seed = 1508;
        using var ground = new Ground(kind);
        var random = new Random(seed);
        var text = new NativeText(ground.Handle);
        var twin = new StringBuilder();
        var failures = 0;
        for (var step = 0; step < Ground.Steps; step++)
        {
            try
            {
                Step(ref text, twin, random, step);
            }
            catch (ArenaOutOfMemoryException)
            {
                failures++;
                Assert.True(text.ToString() == twin.ToString(), $"{kind}, seed {seed}, failure in step {step}");
                text.Dispose();
                twin.Clear();
                ground.NextFrame();
                text = new NativeText(ground.Handle);
            }
        }
        Assert.True(text.ToString() == twin.ToString(), $"{kind}, seed {seed}");
        Assert.True(failures > 0, $"{kind}: the memory never ran out");
        text.Dispose();
        Assert.Equal(0, ground.LiveCount);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1234)]
    public void Values_that_may_be_null_are_formatted_as_in_a_string(int? number)
    {
        using var ground = new Ground(nameof(Heap));
        var text = new NativeText(ground.Handle);
        Guid? guid = number is null ? null : Guid.Empty;
        text.Append($"<{number}> <{number:x8}> <{number,6}> <{number,-6:D2}> <{guid}> <{(DayOfWeek?)number,6}>");
        text.AppendFormatted(number, "D6");
        Assert.Equal(
            $"<{number}> <{number:x8}> <{number,6}> <{number,-6:D2}> <{guid}> <{(DayOfWeek?)number,6}>{number:D6}",
            text.ToString());
        text.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("g")]
    [InlineData("D")]
    [InlineData("d")]
    [InlineData("X")]
    [InlineData("x")]
    [InlineData("F")]
    [InlineData("f")]
    public void Enums_are_formatted_as_in_a_string(string format)
    {
        using var ground = new Ground(nameof(Heap));
        var text = new NativeText(ground.Handle);
        foreach (var day in new[] { DayOfWeek.Friday, (DayOfWeek)77, (DayOfWeek)(-1) })
            Check(day);
        foreach (var access in new[] { FileAccess.Read, FileAccess.ReadWrite, default, (FileAccess)12 })
            Check(access);
        Check((AttributeTargets)short.MaxValue & ~AttributeTargets.Method); // many names
        text.Dispose();

        void Check<T>(T value)
            where T : struct, Enum
        {
            text.Clear();
            text.AppendFormatted(value, format);
            Assert.Equal(value.ToString(format), text.ToString());
        }
    }

    [Fact]
    public void A_format_that_an_enum_does_not_know_is_refused_and_changes_nothing()
    {
        using var ground = new Ground(nameof(Heap));
        var text = new NativeText(ground.Handle);
        text.Append("before");
        Assert.Throws<FormatException>(() => text.AppendFormatted(DayOfWeek.Friday, "Q"));
        Assert.Equal("before", text.ToString());
        text.Dispose();
    }

    private static void Step(ref NativeText text, StringBuilder twin, Random random, int step)
    {
        var word = Words[random.Next(Words.Length)];
        switch (random.Next(8))
        {
            case 0:
                text.Append(word);
                twin.Append(word);
                break;
            case 1:
                text.AppendUtf8(Encoding.UTF8.GetBytes(word));
                twin.Append(word);
                break;
            case 2:
                text.Append($"{step} {word}: {step * 0.25:F2}|{step,8}|{word,-4}|");
                twin.Append(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{step} {word}: {step * 0.25:F2}|{step,8}|{word,-4}|");
                break;
            case 3:
                text.AppendFormatted(step, "x8");
                twin.Append($"{step:x8}");
                break;
            case 4:
                text.Append('ü');
                twin.Append('ü');
                break;
            case 5 when random.Next(20_000) == 0:
                text.Clear();
                twin.Clear();
                break;
            case 6 when random.Next(1_000) == 0 && text.ByteCount < 300_000:
                text.AppendUtf8(text.Utf8);
                twin.Append(twin);
                break;
        }
    }
}
