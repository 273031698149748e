"""What no single file can know to be wrong: each module looks across the files of a loaded policy."""
