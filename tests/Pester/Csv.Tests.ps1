#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What Export-Csv makes of the module's objects: each cell is the .NET text of a property's value, and says something. What came back from
# such a file is still piped into every cmdlet.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $outputs = @(Get-Command -Module PictifyPS | ForEach-Object { $_.OutputType.Type } | Where-Object { $_.Namespace -like 'Pictify*' })

    # What stands in their lists is exported too: (Get-PictifyExperiment).Variants | Export-Csv.
    $items = @($outputs | ForEach-Object { $_.GetProperties() } | ForEach-Object PropertyType | Where-Object { $_.IsGenericType } |
            ForEach-Object { $_.GetGenericArguments() } | Where-Object { $_.Namespace -like 'Pictify*' -and $_.IsClass })
    $types = @($outputs + $items | Sort-Object FullName -Unique | ForEach-Object { @{ Type = $_ } })
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    Connect-Pictify -Sandbox

    # A value of a type; of an object every property has one, down to some depth.
    function New-Sample([type] $Type, [int] $Depth = 4) {
        $bare = [Nullable]::GetUnderlyingType($Type)
        if (-not $bare) { $bare = $Type }
        if ($bare -eq [string] -or $bare -eq [object]) { return 'text' }
        if ($bare -eq [bool]) { return $true }
        if ($bare -eq [uri]) { return [uri] 'https://shop.example/' }
        if ($bare -eq [datetime]) { return [datetime]::new(2026, 11, 26) }
        if ($bare -eq [System.DateTimeOffset]) { return [System.DateTimeOffset]::new(2026, 11, 26, 0, 0, 0, [timespan]::Zero) }
        if ($bare -eq [timespan]) { return [timespan]::FromMinutes(5) }
        if ($bare.IsEnum) { return @([enum]::GetValues($bare))[-1] }
        if ($bare.IsPrimitive) { return [convert]::ChangeType(7, $bare) }
        if ($bare.FullName -eq 'Pictify.Http.PictifyConnection') { return Get-PictifyConnection }
        if ($bare.FullName -eq 'Pictify.ExperimentQuota') { return (Test-PictifyConnection).Quota }
        if ($bare -eq [System.Collections.Generic.IDictionary[string, object]]) { return (New-PictifyVariant a 1 -Variables @{ headline = 'Now!' }).Variables }
        if ($Depth -eq 0) { return $null }
        if ($bare.IsArray) {
            $array = [array]::CreateInstance($bare.GetElementType(), 1)
            $array.SetValue((New-Sample $bare.GetElementType() ($Depth - 1)), 0)
            return , $array
        }

        if ([System.Collections.IList].IsAssignableFrom($bare)) {
            $list = [activator]::CreateInstance($bare)
            if ($item = New-Sample $bare.GetGenericArguments()[0] ($Depth - 1)) {
                $list.Add($item)
            }

            return , $list
        }

        $constructor = @($bare.GetConstructors() | Sort-Object { $_.GetParameters().Count })[0]
        $arguments = @($constructor.GetParameters() | ForEach-Object { New-Sample $_.ParameterType ($Depth - 1) })
        $sample = $constructor.Invoke([object[]] $arguments)
        foreach ($property in $bare.GetProperties()) {
            if ($property.GetSetMethod($true) -and $null -ne ($value = New-Sample $property.PropertyType ($Depth - 1))) {
                $property.SetValue($sample, $value)
            }
        }

        $sample
    }

    function Get-Cell($InputObject) {
        @(($InputObject | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv).PSObject.Properties)
    }
}

Describe 'The row of a <Type.Name>' -ForEach $types {
    It 'has texts in its cells, and no name of a type' {
        $cells = Get-Cell (New-Sample $Type)

        @($cells | Where-Object Value).Count | Should -BeGreaterThan 1
        foreach ($cell in $cells) {
            $cell.Value | Should -Not -MatchExactly '(Pictify|PictifyPS|System)\.\w|`\d|\[\]|^\w+ \{ ' -Because "$($cell.Name) is to be read"
        }
    }
}

Describe 'The row of an experiment' {
    It 'shows the variants with their weights: <Text>' -ForEach @(
        @{ Text = 'control 50 %, blue 50 %'; Variants = @{ Id = 'control'; Weight = 5000 }, @{ Id = 'blue'; Weight = 5000 } }
        @{ Text = 'a 33.34 %, b 66.6 %, c 0.06 %'; Variants = @{ Id = 'a'; Weight = 3334 }, @{ Id = 'b'; Weight = 6660 }, @{ Id = 'c'; Weight = 6 } }
        @{ Text = 'control, blue 0 %'; Variants = @{ Id = 'control' }, @{ Id = 'blue'; Weight = 0 } }
        @{ Text = 'evil' + [char] 0xFFFD + '[2J 100 %'; Variants = @(@{ Id = "evil$([char] 27)[2J"; Weight = 10000 }) }
        @{ Text = ''; Variants = @() }
    ) {
        $experiment = [Pictify.Experiment] @{ Uid = 'exp_1'; Variants = $Variants }
        $culture = [System.Threading.Thread]::CurrentThread.CurrentCulture
        try {
            [System.Threading.Thread]::CurrentThread.CurrentCulture = 'de-DE'
            "$((Get-Cell $experiment | Where-Object Name -EQ Variants).Value)" | Should -BeExactly $Text
        }
        finally {
            [System.Threading.Thread]::CurrentThread.CurrentCulture = $culture
        }
    }

    It 'is bounded, however many variants there are' {
        $experiment = [Pictify.Experiment] @{ Variants = @(1..10000 | ForEach-Object { [Pictify.Variant] @{ Id = "variant-$_" } }) }

        $text = $experiment.Variants.ToString()

        $text.Length | Should -BeLessThan 1100
        $text | Should -BeLike "variant-1, variant-2, *$([char] 0x2026)"
    }

    It 'says which variants there are where the experiment came from a job or a file: <How>' -ForEach @(
        @{ How = 'a job'; Depth = 1 }
        @{ How = 'Export-Clixml'; Depth = 2 }
    ) {
        $experiments = @(Get-PictifyExperiment)
        $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($experiments, $Depth))

        ($back | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv).Variants | Should -BeExactly @($experiments | ForEach-Object { $_.Variants.Id -join ' ' })
    }
}

Describe 'Rows that came back' {
    BeforeAll {
        $rows = @(Get-PictifyExperiment | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv)
        $rows[0].Variants | Should -Be 'control 50 %, short-headline 50 %'
    }

    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'mean their experiments: <Name>' -ForEach @(
        @{ Name = 'Suspend'; Run = { $rows[0] | Suspend-PictifyExperiment -ErrorAction Stop } }
        @{ Name = 'Set'; Run = { $rows[0] | Set-PictifyExperiment -NewName 'From a row' -ErrorAction Stop } }
        @{ Name = 'Get'; Run = { $rows[0] | Get-PictifyExperiment -ErrorAction Stop } }
        @{ Name = 'Complete'; Run = { $rows[0] | Complete-PictifyExperiment -WinnerVariantId control -Confirm:$false -ErrorAction Stop } }
    ) {
        $result = & $Run

        $result.Uid | Should -BeExactly $rows[0].Uid
        @($result.Variants.Id) | Should -Be 'control', 'short-headline'
    }

    It 'are measured by what the service has' {
        $measured = @($rows | Measure-PictifyExperiment -ErrorAction Stop)

        $measured.Uid | Should -Be $rows.Uid
        $measured.Verdict | Should -Be @(Get-PictifyExperiment | Measure-PictifyExperiment).Verdict
    }

    It 'make variants of rows of variants' {
        $made = @((Get-PictifyExperiment -Uid $rows[0].Uid).Variants | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv | New-PictifyVariant -ErrorAction Stop)

        $made.Id | Should -Be 'control', 'short-headline'
        $made[0].Variables.headline | Should -BeExactly 'Control'
    }

    It 'have variables as JSON that means the same, and shows nothing that steers a terminal' {
        $odd = "$([char] 0xE4) 'quoted' $([char] 27)[2J $([char] 0x202E) $([char]::ConvertFromUtf32(0xE0041)) $([char]::ConvertFromUtf32(0x1F600))"
        $variant = New-PictifyVariant a 1 -Variables @{ text = $odd; list = 1, 2; inner = @{ x = $null } }

        $cell = (Get-Cell $variant | Where-Object Name -EQ Variables).Value
        $again = $cell | ConvertFrom-Json

        $cell | Should -BeLike "*$([char] 0xE4) 'quoted' \u001B[[]2J \u202E \uDB40\uDC41 *"
        $cell | Should -Not -Match '[\x00-\x1f\u202e]'
        $again.text | Should -BeExactly $odd
        $again.list | Should -Be 1, 2
    }

    It 'show what a condition compares with, where that is a list' {
        "$([Pictify.Condition] @{ Property = 'country'; RuleOperator = 'in'; Value = 'NL', 'DE' })" | Should -BeExactly 'country in ["NL","DE"]'
    }
}
