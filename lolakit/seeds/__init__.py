"""Many seeds and long runs: over devices, with progress bars, and kept on the way."""
