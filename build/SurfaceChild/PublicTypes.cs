using System.Reflection;
using Arena;
using Arena.Collections;
using Arena.Diagnostics;
using Arena.Pools;

namespace SurfaceChild;

/// <summary>The public types of the libraries and their members.</summary>
internal static class PublicTypes
{
    private const BindingFlags Instance = BindingFlags.Public | BindingFlags.Instance;
    private const BindingFlags Static = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static readonly Assembly[] Assemblies =
    [
        typeof(PageArena).Assembly, typeof(Heap).Assembly, typeof(LeakTracker).Assembly,
        typeof(NativeList<>).Assembly,
    ];

    public static IEnumerable<Type> All => Assemblies.SelectMany(assembly => assembly.GetExportedTypes());

    /// <summary>
    /// Returns whether it is not a plain value, a base of types that are examined, or a group of functions.
    /// </summary>
    public static bool StandsOnMemory(Type type) =>
        !type.IsEnum && !type.IsInterface && !type.IsAbstract && !IsRecord(type)
        && !typeof(Delegate).IsAssignableFrom(type) && !typeof(Exception).IsAssignableFrom(type);

    /// <summary>
    /// Returns whether it is a container: a struct that is default after its own Dispose, and answers.
    /// </summary>
    public static bool IsContainer(Type type) =>
        type.IsValueType && (type.Assembly == typeof(NativeList<>).Assembly || type == typeof(RelocatableBuffer)
            || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(RelocatableList<>)));

    /// <summary>Closes a type, with long in place of every type parameter.</summary>
    public static Type Closed(Type type) => type.IsGenericTypeDefinition
        ? type.MakeGenericType([.. type.GetGenericArguments().Select(_ => typeof(long))])
        : type;

    /// <summary>Lists everything that can be called on an object.</summary>
    public static IEnumerable<MethodInfo> InstanceMethods(Type type) =>
        type.GetMethods(Instance).Where(method => method.DeclaringType != typeof(object)).Select(Closed);

    /// <summary>Lists constructors and static methods that take something which may be disposed.</summary>
    public static IEnumerable<MethodBase> MakersFrom(Type type, IReadOnlySet<Type> bound) =>
        type.GetConstructors(Instance).Concat<MethodBase>(type.GetMethods(Static).Select(Closed))
            .Where(method => method.GetParameters().Any(parameter => bound.Contains(parameter.ParameterType)));

    /// <summary>Returns the property or event that an accessor belongs to, or the method itself.</summary>
    public static MemberInfo Documented(MethodBase method)
    {
        var type = method.DeclaringType!;
        const BindingFlags any = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;
        return type.GetProperties(any).FirstOrDefault(p => p.GetMethod == method || p.SetMethod == method)
            ?? type.GetEvents(any).FirstOrDefault(e => e.AddMethod == method || e.RemoveMethod == method)
            ?? (MemberInfo)method;
    }

    private static MethodInfo Closed(MethodInfo method) => method.IsGenericMethodDefinition
        ? method.MakeGenericMethod([.. method.GetGenericArguments().Select(_ => typeof(long))])
        : method;

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;
}
