# The same assemblies with native code in them, where they ship for this platform: a fresh process then compiles little before its first
# command. In constrained language the platform cannot be asked for, and the plain ones are taken.
$file = try { "$PSScriptRoot/$([System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier)/PictifyPS.dll" } catch { $null }
Import-Module $(if ($file -and [System.IO.File]::Exists($file)) { $file } else { "$PSScriptRoot/PictifyPS.dll" })
