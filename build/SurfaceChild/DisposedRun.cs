using System.Reflection;
using Arena;

namespace SurfaceChild;

/// <summary>
/// Calls every public member of every object with memory after it was disposed. A member must throw an
/// ObjectDisposedException if and only if its comment says so.
/// </summary>
internal sealed class DisposedRun(DisposeOrder order)
{
    private readonly Log _log = new();
    private readonly Documentation _documentation = new(PublicTypes.Assemblies);

    public int Play()
    {
        foreach (var type in PublicTypes.All.Where(PublicTypes.StandsOnMemory))
            Look(type);
        foreach (var type in PublicTypes.All)
            LookAtMakers(type);
        return _log.End();
    }

    private void Look(Type type)
    {
        if (Factories.Plain.Contains(type))
            return;
        if (type.IsByRefLike)
        {
            LookAtView(type);
            return;
        }
        if (!Factories.All.TryGetValue(type, out var make))
        {
            _log.Found($"{type} is public and {nameof(Factories)} does not know how to make one: add how, or that it "
                + "is plain.");
            return;
        }
        using var world = new World();
        var subject = make(world);
        Dispose(subject, world);
        var closed = PublicTypes.Closed(type);
        foreach (var method in PublicTypes.InstanceMethods(closed))
            Call(method, subject, world);
    }

    // All kinds of constructors and factories, with a disposed object among their arguments.
    private void LookAtMakers(Type type)
    {
        if (type.IsAbstract && !type.IsSealed)
            return;
        var bound = Factories.All.Keys.Select(PublicTypes.Closed)
            .Concat([typeof(IReadOnlyList<PageArena>), typeof(PageArena[])]).ToHashSet();
        foreach (var maker in PublicTypes.MakersFrom(PublicTypes.Closed(type), bound))
        {
            using var world = new World();
            foreach (var (known, make) in Factories.All)
            {
                if (maker.GetParameters().Any(parameter => parameter.ParameterType == PublicTypes.Closed(known)))
                    Dispose(make(world), world);
            }
            world.Arena.Dispose();
            Call(maker, null, world);
        }
    }

    private void LookAtView(Type type)
    {
        if (!Views.All.TryGetValue(type, out var looks))
        {
            _log.Found($"{type} is a public view and {nameof(Views)} does not know how to look at it: add how.");
            return;
        }
        foreach (var look in looks)
        {
            using var world = new World();
            _log.Calling($"{type} after {order}");
            foreach (var finding in look(world, subject => Dispose(subject, world)).OfType<string>())
                _log.Found($"{type}: {finding}");
        }
    }

    private void Dispose(object subject, World world)
    {
        if (order is DisposeOrder.Arena or DisposeOrder.ArenaThenObject)
            world.Arena.Dispose();
        if (order is not DisposeOrder.Arena)
            DisposeItself(subject, world);
        if (order is DisposeOrder.ObjectThenArena)
            world.Arena.Dispose();
        if (subject.GetType().GetProperty("IsDisposed")?.GetValue(subject) is false)
            _log.Found($"{subject.GetType()}.IsDisposed is false after {order}");
    }

    // A container cannot free what went with its arena.
    private void DisposeItself(object subject, World world)
    {
        try
        {
            (subject as IDisposable ?? world.Owner)?.Dispose();
        }
        catch (ObjectDisposedException) when (
            order == DisposeOrder.ArenaThenObject && PublicTypes.IsContainer(subject.GetType()))
        {
        }
    }

    private void Call(MethodBase method, object? subject, World world)
    {
        nint[] pointers = Caller.TakesPointer(method) ? [0, world.Stale, 64] : [0];
        foreach (var pointer in pointers)
            Call(method, subject, world, pointer);
    }

    private void Call(MethodBase method, object? subject, World world, nint pointer)
    {
        var name = $"{method.DeclaringType!.Name}.{method.Name} with 0x{pointer:x} after {order}";
        _log.Calling(name);
        object? failure = null;
        try
        {
            (Caller.Invoke(method, subject, world, pointer) as IDisposable)?.Dispose();
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }
        if (WrongIn(method, subject, failure) is { } wrong)
            _log.Found($"{name}: {wrong}");
    }

    private string? WrongIn(MethodBase method, object? subject, object? failure)
    {
        // It is default, or its allocator is gone: it reads as empty or throws, and says why.
        if (subject is not null && PublicTypes.IsContainer(subject.GetType()))
        {
            return failure is null or InvalidOperationException or ArgumentOutOfRangeException or KeyNotFoundException
                or NotSupportedException
                ? null
                : $"it throws {failure}";
        }
        if (IsAlive(subject))
            return failure is null or InvalidOperationException ? null : $"it throws {failure}";
        if (_documentation.SaysDisposed(PublicTypes.Documented(method)))
        {
            return failure is ObjectDisposedException
                ? null
                : $"its comment says ObjectDisposedException, and it {failure ?? "answers"}";
        }
        if (failure is not null)
            return $"its comment does not say so, and it throws {failure}";
        return subject is IDisposable && !MayAnswer(method)
            ? $"it answers; every method but those of {nameof(Factories)}.{nameof(Factories.Answering)} throws"
            : null;
    }

    private static bool MayAnswer(MethodBase method) =>
        method.IsSpecialName || Factories.Answering.Contains(method.Name)
        || Factories.Answering.Contains($"{method.DeclaringType!.Name}.{method.Name}");

    // Objects that do not end with their arena may go on or find the arena gone.
    private bool IsAlive(object? subject) =>
        order == DisposeOrder.Arena && subject is not null && subject.GetType().GetProperty("IsDisposed") is null
        && subject is not PageArena;
}
