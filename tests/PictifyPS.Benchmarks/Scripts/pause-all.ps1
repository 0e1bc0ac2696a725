$null = Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -ErrorAction Stop
