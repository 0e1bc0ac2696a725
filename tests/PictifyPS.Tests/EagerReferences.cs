using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;

namespace PictifyPS.Tests;

/// <summary>The assemblies that a runtime may look for while it loads an assembly's public types, before any code of it runs.</summary>
internal static class EagerReferences
{
    /// <summary>Names of the assemblies of bases, interfaces, fields, and of what virtual methods take and return.</summary>
    public static IReadOnlyCollection<string> Of(MetadataReader metadata)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var provider = new References(names);
        foreach (TypeDefinition type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(IsPublic))
        {
            foreach (
                EntityHandle part in type.GetInterfaceImplementations()
                    .Select(handle => metadata.GetInterfaceImplementation(handle).Interface)
                    .Append(type.BaseType)
            )
            {
                provider.Add(metadata, part);
            }

            foreach (FieldDefinition field in type.GetFields().Select(metadata.GetFieldDefinition))
            {
                field.DecodeSignature(provider, genericContext: null);
            }

            foreach (
                MethodDefinition method in type.GetMethods()
                    .Select(metadata.GetMethodDefinition)
                    .Where(static method => method.Attributes.HasFlag(MethodAttributes.Virtual))
            )
            {
                method.DecodeSignature(provider, genericContext: null);
            }
        }

        return names;
    }

    private static bool IsPublic(TypeDefinition type) =>
        (type.Attributes & TypeAttributes.VisibilityMask) is TypeAttributes.Public or TypeAttributes.NestedPublic;

    /// <summary>Decodes signatures for the assemblies that they name; what they say beside is of no interest here.</summary>
    private sealed class References(ISet<string> names) : ISignatureTypeProvider<int, object?>
    {
        public void Add(MetadataReader reader, EntityHandle type)
        {
            if (type.Kind == HandleKind.TypeReference)
            {
                GetTypeFromReference(reader, (TypeReferenceHandle)type, 0);
            }
            else if (type.Kind == HandleKind.TypeSpecification)
            {
                GetTypeFromSpecification(reader, null, (TypeSpecificationHandle)type, 0);
            }
        }

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            EntityHandle scope = reader.GetTypeReference(handle).ResolutionScope;
            if (scope.Kind == HandleKind.AssemblyReference)
            {
                names.Add(reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name));
            }
            else
            {
                Add(reader, scope);
            }

            return 0;
        }

        public int GetTypeFromSpecification(
            MetadataReader reader,
            object? genericContext,
            TypeSpecificationHandle handle,
            byte rawTypeKind
        ) => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        public int GetSZArrayType(int elementType) => 0;

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? genericContext, int index) => 0;

        public int GetGenericTypeParameter(object? genericContext, int index) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;
    }
}
