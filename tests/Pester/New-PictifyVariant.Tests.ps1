#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# New-PictifyVariant: what it builds. What becomes of it in a request is in New-PictifyExperiment.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'New-PictifyVariant' {
    It 'takes percent with two decimals, a name and variables' {
        $variant = New-PictifyVariant -Id a -Percent 33.33 -Name A -Variables @{ Title = 'x'; n = 1.5; list = 1, 2 }

        $variant.GetType().FullName | Should -BeExactly 'Pictify.Variant'
        $variant.Id | Should -BeExactly 'a'
        $variant.Weight | Should -Be 3333
        $variant.Name | Should -BeExactly 'A'
        @($variant.Variables.Keys) | Sort-Object | Should -BeExactly @('list', 'n', 'Title')
        $variant.Variables['Title'] | Should -BeExactly 'x'
        $variant.Variables['n'] | Should -Be 1.5
        $variant.Variables['list'] | Should -Be @(1, 2)
    }

    It 'takes the id and the weight by position' {
        $variant = New-PictifyVariant b 5000 -Variables @{ CTA = 1 }

        $variant.Id | Should -BeExactly 'b'
        $variant.Weight | Should -Be 5000
        @($variant.Variables.Keys) | Should -BeExactly @('CTA')
        $variant.Variables['CTA'] | Should -Be 1
    }

    It 'needs no connection' {
        Disconnect-Pictify

        (New-PictifyVariant a 1 -ErrorAction Stop).Weight | Should -Be 1
    }
}

Describe 'Variants from the rows of a CSV' {
    It 'take a blank cell as not given' {
        $made = "Id,Weight,Name,TemplateUid,Variables,Conditions,Schedule`na,5000,,,,,`nb,5000,B,t,""{""""x"""":1}"",," | ConvertFrom-Csv | New-PictifyVariant -ErrorAction Stop

        $made[0].Name | Should -BeNullOrEmpty
        $null -eq $made[0].Name | Should -BeTrue
        $null -eq $made[0].TemplateUid | Should -BeTrue
        $null -eq $made[0].Variables | Should -BeTrue
        $null -eq $made[0].Conditions | Should -BeTrue
        $made[1].Variables['x'] | Should -Be 1
    }

    It 'need a weight: a blank one is no 0' {
        $said = Invoke-Captured { "Id,Weight`na,`nb,5000" | ConvertFrom-Csv | New-PictifyVariant }

        @($said.Output).Id | Should -Be @('b')
        @($said.Errors).Count | Should -Be 1
    }
}
