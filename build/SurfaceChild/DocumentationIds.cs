using System.Reflection;

namespace SurfaceChild;

/// <summary>Makes the names of members in XML comments.</summary>
internal static class DocumentationIds
{
    /// <summary>Names a member of any type; one of a constructed type is looked up in the definition.</summary>
    public static string Of(MemberInfo member)
    {
        var type = member.DeclaringType!;
        if (type.IsConstructedGenericType)
            member = type.GetGenericTypeDefinition().GetMemberWithSameMetadataDefinitionAs(member);
        type = member.DeclaringType!;
        return member switch
        {
            ConstructorInfo constructor => $"M:{NameOf(type)}.#ctor{Parameters(constructor.GetParameters())}",
            MethodInfo method => OfMethod(type, method),
            PropertyInfo property => $"P:{NameOf(type)}.{property.Name}{Parameters(property.GetIndexParameters())}",
            _ => $"E:{NameOf(type)}.{member.Name}",
        };
    }

    private static string OfMethod(Type type, MethodInfo method)
    {
        var arity = method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";
        var definition = method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;
        // Conversions differ only in their results.
        var result = method.Name is "op_Implicit" or "op_Explicit" ? $"~{NameOf(method.ReturnType)}" : "";
        return $"M:{NameOf(type)}.{method.Name}{arity}{Parameters(definition.GetParameters())}{result}";
    }

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(p => NameOf(p.ParameterType)))})";

    private static string NameOf(Type type)
    {
        if (type.IsByRef)
            return $"{NameOf(type.GetElementType()!)}@";
        if (type.IsPointer)
            return $"{NameOf(type.GetElementType()!)}*";
        if (type.IsArray)
            return $"{NameOf(type.GetElementType()!)}[]";
        if (type.IsGenericParameter)
            return $"{(type.DeclaringMethod is null ? "`" : "``")}{type.GenericParameterPosition}";
        if (!type.IsGenericType || type.IsGenericTypeDefinition)
            return type.FullName!.Replace('+', '.');
        var name = type.GetGenericTypeDefinition().FullName!.Replace('+', '.');
        var arguments = string.Join(',', type.GetGenericArguments().Select(NameOf));
        // A nested type in its own generic type is written with the arguments in place of their number.
        return type.GetGenericArguments().All(a => a.IsGenericParameter) && type.IsNested
            ? name
            : $"{name[..name.IndexOf('`')]}{{{arguments}}}";
    }
}
