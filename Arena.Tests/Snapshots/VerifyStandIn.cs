// Plays the part of the package Verify.Xunit where it cannot be restored, and is compiled only then: the few members
// that the tests use, the same names of files, the same comparison.
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Xunit.Sdk;

[assembly: UseVerify]

namespace VerifyXunit
{
    [AttributeUsage(AttributeTargets.Assembly)]
    public sealed class UseVerifyAttribute : BeforeAfterTestAttribute
    {
        internal static readonly AsyncLocal<MethodInfo?> Running = new();

        public override void Before(MethodInfo methodUnderTest) => Running.Value = methodUnderTest;
    }

    public static class Verifier
    {
        public static SettingsTask Verify(
            string? target, string extension = "txt", [CallerFilePath] string sourceFile = "") =>
            new(target, extension, Path.GetDirectoryName(sourceFile)!);
    }
}
namespace VerifyTests
{
    public static class VerifierSettings
    {
        internal static bool Accepts { get; private set; }
        internal static Encoding Encoding { get; private set; } = Encoding.UTF8;
        public static void AutoVerify() => Accepts = true;
        public static void UseUtf8NoBom() => Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    }

    public sealed class SettingsTask(string? target, string extension, string directory)
    {
        private static readonly ConcurrentDictionary<string, bool> Taken = new();
        private static readonly string Checkout = Path.GetFullPath("../../../..", AppContext.BaseDirectory);
        private readonly MethodInfo _method = UseVerifyAttribute.Running.Value!;
        private object?[] _arguments = [];
        private Task? _task;

        public static implicit operator Task(SettingsTask settings) => settings._task ??= settings.Compare();
        public TaskAwaiter GetAwaiter() => ((Task)this).GetAwaiter();

        public SettingsTask UseParameters(params object?[] parameters)
        {
            _arguments = parameters;
            return this;
        }

        private async Task Compare()
        {
            var (parameters, type) = (_method.GetParameters(), _method.ReflectedType!.FullName!.Split('.')[^1]);
            var name = $"{type.Replace('+', '.')}.{_method.Name}{string.Concat(parameters.Zip(_arguments, Suffix))}";
            Assert.True(parameters.Length == _arguments.Length, $"{name}: UseParameters must give every parameter");
            var path = Path.Combine(directory, name);
            Assert.True(Taken.TryAdd(path, true), $"{name}: this name was used before in this run");
            var (received, verified) = ($"{path}.received.{extension}", $"{path}.verified.{extension}");
            File.Delete(received);
            var text = target is "" ? "emptyString" : target?.Replace("\r\n", "\n") ?? "null";
            Assert.False(text.Contains(Checkout) || text.Contains(Path.GetTempPath()), $"{name}: holds a local path");
            var expected = File.Exists(verified) ? File.ReadAllText(verified).Replace("\r\n", "\n") : "";
            var (same, accepts) = (expected == text || expected == text + "\n", VerifierSettings.Accepts);
            if (!same)
                await File.WriteAllTextAsync(accepts ? verified : received, text, VerifierSettings.Encoding);
            Assert.True(same || accepts, $"{received} is not the verified text; VERIFY_ACCEPT=1 accepts it:\n{text}");
            var others = Directory.GetFiles(directory, $"{name}.verified.*").Where(file => file != verified);
            Assert.True(!others.Any(), $"{name} is verified with another extension too: {string.Join(", ", others)}");
        }

        private static string Suffix(ParameterInfo of, object? argument) => $"_{of.Name}=" + Regex.Replace(
            Convert.ToString(argument ?? "null", CultureInfo.InvariantCulture)!, """[\0-\x1f"\\/<>|:*?]""", "-");
    }
}
