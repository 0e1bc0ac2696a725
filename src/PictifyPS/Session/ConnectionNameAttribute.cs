using System.Management.Automation;

namespace PictifyPS.Session;

/// <summary>Accepts the name of a connection of this runspace instead of the connection.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ConnectionNameAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        PowerShellValue.Unwrap(inputData) is string name
            ? NamedConnections.Find(name)
                ?? throw new ArgumentTransformationMetadataException(NamedConnections.Missing(name))
            : inputData;
}
