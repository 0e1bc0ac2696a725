# Texts that somebody may give as a name, a reason, a slug or an id, by what is wrong with each. Dot-sourced by the tests that
# take them through every command.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Dot-sourced: the test files read these.')]
param()

function ConvertTo-Text([int[]] $Code) {
    -join ($Code | ForEach-Object { [char] $_ })
}

# Each that is taken for code sets this variable.
$Trap = '; $global:Pwned = 1; '
$HostileTexts = [ordered] @{
    'single quotes'          = "'$Trap'"
    'turned quotes'          = "$([char] 0x2018)$Trap$([char] 0x2019)$Trap$([char] 0x2018)"
    'low quotes'             = "$([char] 0x201A)$Trap$([char] 0x201B)$Trap$([char] 0x201A)"
    'double quotes'          = "`"$Trap`""
    'turned double quotes'   = "$([char] 0x201C)$Trap$([char] 0x201D)$Trap$([char] 0x201E)"
    'every quote'            = "'`"$(ConvertTo-Text 0x2018, 0x2019, 0x201A, 0x201B, 0x201C, 0x201D, 0x201E)``"
    'a subexpression'        = 'a $($global:Pwned = 1) $env:PATH ${x} @(1)'
    'a backtick at the end'  = 'tick `'
    'backticks'              = '`$(1) ``` `[ab`] `*'
    'a semicolon'            = "a$Trap"
    'a line break'           = "one`r`ntwo$Trap`nthree"
    'a here-string'          = "a`n'@$Trap`n`"@"
    'an open bracket'        = 'Hero [beta'
    'a set'                  = 'Hero [ab]'
    'a closing bracket'      = 'Hero ]x['
    'an asterisk'            = '*'
    'a question mark'        = '?'
    'wildcards'              = 'a*b?c[!d-f]'
    'an escape sequence'     = "$([char] 27)]0;owned$([char] 7)$([char] 27)[2J$([char] 27)[31mred"
    'C1'                     = "a$(ConvertTo-Text 0x9b, 0x9d, 0x90, 0x85)b"
    'DEL and backspace'      = "a$(ConvertTo-Text 0x7f, 8, 8, 8)b"
    'NUL'                    = "a$([char] 0)b"
    'right to left'          = "a$(ConvertTo-Text 0x202E, 0x2066, 0x2069)gpj.exe"
    'nothing to be seen'     = "a$(ConvertTo-Text 0x200B, 0x2060, 0xFEFF)b"
    'joiners'                = ConvertTo-Text 0x0645, 0x06CC, 0x200C, 0x062E, 0x0648
    'tags'                   = "a$([char]::ConvertFromUtf32(0xE0041))$([char]::ConvertFromUtf32(0xE007F))b"
    'line separators'        = "a$(ConvertTo-Text 0x2028, 0x2029)b"
    'high half'              = "a$([char] 0xD83D)b"
    'low half'               = "$([char] 0xDC4D)b"
    'emoji'                  = "$([char]::ConvertFromUtf32(0x1F44D)) $([char]::ConvertFromUtf32(0x1F468))$([char] 0x200D)$([char]::ConvertFromUtf32(0x1F4BB))"
    'a parameter'            = '-WhatIf'
    'a splat'                = '@x'
    'an alias'               = '%'
    'a comment'              = '# no <# no'
    'a stop'                 = '--% | & >x'
    'a number'               = '1kb'
    'a formula'              = '=1+1'
    'JSON'                   = '{"uid":"exp_1","variants":[]}'
    'XML'                    = '<a>&lt;![CDATA[ ]]></a>'
    'a format item'          = '{0} {1:x} %s %n'
    'a path'                 = '../../etc/passwd'
    'a URI'                  = 'exp_1?x=1#y/%2e%2e/'
    'a header'               = "x`r`nAuthorization: Bearer stolen"
    'a blank'                = ' '
    'blanks around'          = '  a  '
    'a case of dotless i'    = "I$(ConvertTo-Text 0x130, 0x131)i"
    'a combination'          = "e$([char] 0x301) is not $([char] 0xE9)"
    'long'                   = 'long ' * 30000
}

# One megabyte, for what need not be done with every text.
$HostileMegabyte = [string]::new([char] 'x', 1MB)

# True where a text cannot be shown as it is: it drives a terminal, breaks a line, turns the direction, or is not seen.
function Test-Unsafe([string] $Text) {
    $Text -match '[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\x1b(?!\[[0-9;]*[mK])|\x1b\[31mred|\udb40[\udc00-\udc7f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]'
}
