$null = Suspend-PictifyExperiment exp_sandbox_000001 -ErrorAction Stop
