using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace PictifyPS.Tests;

/// <summary>An assembly's members with their signatures, as text: types by their names, whichever assembly they are in.</summary>
internal static class Members
{
    /// <summary>Every method and field that the assembly defines.</summary>
    public static IReadOnlyCollection<string> Of(string file)
    {
        using var pe = new PEReader(File.OpenRead(file));
        MetadataReader metadata = pe.GetMetadataReader();
        var members = new HashSet<string>();
        foreach (TypeDefinition type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition))
        {
            string name = Names.NameOf(metadata, type);
            foreach (MethodDefinition method in type.GetMethods().Select(metadata.GetMethodDefinition))
            {
                members.Add(
                    Text(
                        name,
                        metadata.GetString(method.Name),
                        method.DecodeSignature(Names.Instance, genericContext: null)
                    )
                );
            }

            foreach (FieldDefinition field in type.GetFields().Select(metadata.GetFieldDefinition))
            {
                members.Add(
                    $"{field.DecodeSignature(Names.Instance, genericContext: null)} {name}.{metadata.GetString(field.Name)}"
                );
            }
        }

        return members;
    }

    /// <summary>Every method and field of a library's types that the assembly refers to.</summary>
    public static IReadOnlyCollection<string> TakenBy(string file, string library)
    {
        using var pe = new PEReader(File.OpenRead(file));
        MetadataReader metadata = pe.GetMetadataReader();
        var members = new HashSet<string>();
        foreach (MemberReference member in metadata.MemberReferences.Select(metadata.GetMemberReference))
        {
            if (member.Parent.Kind != HandleKind.TypeReference)
            {
                // Of a generic type's instance or a method's varargs: the library has no generic types of its own to give.
                continue;
            }

            var parent = (TypeReferenceHandle)member.Parent;
            if (ScopeOf(metadata, parent) == library)
            {
                string name = Names.Instance.GetTypeFromReference(metadata, parent, 0);
                string called = metadata.GetString(member.Name);
                members.Add(
                    member.GetKind() == MemberReferenceKind.Method
                        ? Text(name, called, member.DecodeMethodSignature(Names.Instance, genericContext: null))
                        : $"{member.DecodeFieldSignature(Names.Instance, genericContext: null)} {name}.{called}"
                );
            }
        }

        return members;
    }

    private static string? ScopeOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        EntityHandle scope = metadata.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => ScopeOf(metadata, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => metadata.GetString(
                metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name
            ),
            _ => null,
        };
    }

    private static string Text(string type, string name, MethodSignature<string> signature) =>
        $"{(signature.Header.IsInstance ? "" : "static ")}{signature.ReturnType} {type}.{name}`{signature.GenericParameterCount}({string.Join(", ", signature.ParameterTypes)})";

    private sealed class Names : ISignatureTypeProvider<string, object?>
    {
        public static readonly Names Instance = new();

        public static string NameOf(MetadataReader reader, TypeDefinition type) =>
            type.GetDeclaringType() is { IsNil: false } outer
                ? $"{NameOf(reader, reader.GetTypeDefinition(outer))}/{reader.GetString(type.Name)}"
                : Full(reader.GetString(type.Namespace), reader.GetString(type.Name));

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            NameOf(reader, reader.GetTypeDefinition(handle));

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            TypeReference type = reader.GetTypeReference(handle);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}/{reader.GetString(type.Name)}"
                : Full(reader.GetString(type.Namespace), reader.GetString(type.Name));
        }

        public string GetTypeFromSpecification(
            MetadataReader reader,
            object? genericContext,
            TypeSpecificationHandle handle,
            byte rawTypeKind
        ) => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSZArrayType(string elementType) => $"{elementType}[]";

        public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{shape.Rank}]";

        public string GetByReferenceType(string elementType) => $"{elementType}&";

        public string GetPointerType(string elementType) => $"{elementType}*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetFunctionPointerType(MethodSignature<string> signature) => Text("", "", signature);

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) =>
            $"{unmodifiedType} {(isRequired ? "modreq" : "modopt")}({modifier})";

        private static string Full(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
    }
}
