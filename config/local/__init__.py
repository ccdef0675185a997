"""The embedded stack: real servers from wheels for one machine, and the processes of `make run`."""
