$ErrorActionPreference = 'Stop'
$headers = @{ Authorization = "Bearer $env:PICTIFY_API_KEY" }
$api = "$env:PICTIFY_BASE_URL/experiments/api"
$experiments = @()
$page = 1
do {
    $answer = Invoke-RestMethod "$($api)?status=running&page=$page&limit=100" -Headers $headers
    $experiments += $answer.experiments
    $page++
} while ($experiments.Count -lt $answer.total)

foreach ($experiment in $experiments) {
    $null = Invoke-RestMethod "$api/$($experiment.uid)/pause" -Method Post -Headers $headers
}
