"""Many seeds and long runs: over devices, with bars, and kept on the way."""
