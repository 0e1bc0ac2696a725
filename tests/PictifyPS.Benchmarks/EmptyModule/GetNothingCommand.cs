using System.Management.Automation;

namespace EmptyModule;

/// <summary>Does nothing: the floor of an import.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
public sealed class GetNothingCommand : PSCmdlet;
