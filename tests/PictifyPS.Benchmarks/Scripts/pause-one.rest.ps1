$ErrorActionPreference = 'Stop'
$headers = @{ Authorization = "Bearer $env:PICTIFY_API_KEY" }
$null = Invoke-RestMethod "$env:PICTIFY_BASE_URL/experiments/api/exp_sandbox_000001/pause" -Method Post -Headers $headers
