"""The command line: one file a group of commands. It asks, prints, and decides nothing."""
