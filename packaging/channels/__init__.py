"""The channels, a file each: `build` makes packages from the staged files and returns their paths."""
