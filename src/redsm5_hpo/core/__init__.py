"""What all other packages import: errors, canonical files, seeds, paths, DVCLive."""
