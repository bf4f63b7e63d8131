using System.Reflection;
using System.Reflection.Emit;

namespace SurfaceChild;

/// <summary>
/// Calls any member, also one with pointers, spans and references, which reflection alone cannot: through generated
/// code.
/// </summary>
internal static class Caller
{
    private delegate object? Call(object? target, object?[] arguments);

    /// <summary>Returns whether a call has an address among its arguments.</summary>
    public static bool TakesPointer(MethodBase method) =>
        method.GetParameters().Any(parameter => parameter.ParameterType.IsPointer);

    /// <summary>Calls; pointers get one address, all other parameters what the world has for them.</summary>
    /// <returns>The result, if it is an object; otherwise null.</returns>
    public static object? Invoke(MethodBase method, object? target, World world, nint pointer)
    {
        var parameters = method.GetParameters();
        var arguments = new object?[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            var type = parameters[i].ParameterType;
            type = type.IsByRef ? type.GetElementType()! : type;
            if (type.IsPointer)
                arguments[i] = pointer;
            else if (!type.IsByRefLike)
                arguments[i] = world.ArgumentOf(type, parameters[i].Name) ?? DefaultOf(type);
        }
        return Compile(method)(target, arguments);
    }

    private static object? DefaultOf(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;

    private static Call Compile(MethodBase method)
    {
        var code = new DynamicMethod(
            method.Name, typeof(object), [typeof(object), typeof(object[])], typeof(Caller).Module,
            skipVisibility: true);
        var il = code.GetILGenerator();
        var type = method.DeclaringType!;
        if (!method.IsStatic && method is not ConstructorInfo)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(type.IsValueType ? OpCodes.Unbox : OpCodes.Castclass, type);
        }
        var parameters = method.GetParameters();
        for (var i = 0; i < parameters.Length; i++)
            Load(il, parameters[i].ParameterType, i);
        if (method is ConstructorInfo constructor)
        {
            il.Emit(OpCodes.Newobj, constructor);
            Return(il, type);
        }
        else
        {
            var called = (MethodInfo)method;
            il.Emit(called.IsStatic || type.IsValueType ? OpCodes.Call : OpCodes.Callvirt, called);
            Return(il, called.ReturnType);
        }
        return code.CreateDelegate<Call>();
    }

    private static void Load(ILGenerator il, Type type, int index)
    {
        var value = type.IsByRef ? type.GetElementType()! : type;
        if (type.IsByRef || value.IsByRefLike)
        {
            var local = il.DeclareLocal(value);
            if (!value.IsByRefLike)
            {
                LoadArgument(il, value, index);
                il.Emit(OpCodes.Stloc, local);
            }
            il.Emit(type.IsByRef ? OpCodes.Ldloca : OpCodes.Ldloc, local);
            return;
        }
        LoadArgument(il, value, index);
    }

    private static void LoadArgument(ILGenerator il, Type type, int index)
    {
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, index);
        il.Emit(OpCodes.Ldelem_Ref);
        if (type.IsPointer)
            il.Emit(OpCodes.Unbox_Any, typeof(nint));
        else if (type.IsValueType)
            il.Emit(OpCodes.Unbox_Any, type);
        else
            il.Emit(OpCodes.Castclass, type);
    }

    // A reference and a span are dropped: their targets are not read.
    private static void Return(ILGenerator il, Type type)
    {
        if (type == typeof(void))
        {
            il.Emit(OpCodes.Ldnull);
        }
        else if (type.IsByRef || type.IsByRefLike || type.IsPointer || type.IsFunctionPointer)
        {
            il.Emit(OpCodes.Pop);
            il.Emit(OpCodes.Ldnull);
        }
        else if (type.IsValueType)
        {
            il.Emit(OpCodes.Box, type);
        }
        il.Emit(OpCodes.Ret);
    }
}
