"""Find a Python that is new enough and go on with install.py; the one file that old Pythons must be able to read."""

import os
import shutil
import subprocess
import sys

NEEDED = (3, 11)
CANDIDATES = ("python3.14", "python3.13", "python3.12", "python3.11")


def newer_python() -> "str | None":
    """A Python of 3.11 or newer on PATH that really runs, or None."""
    for name in CANDIDATES:
        program = shutil.which(name)
        if program is None:
            continue
        test = "import sys; sys.exit(sys.version_info[:2] < (3, 11))"
        try:
            if subprocess.call([program, "-c", test], stderr=subprocess.DEVNULL) == 0:
                return program
        except OSError:
            continue
    return None


def main() -> int:
    """Run install.py beside this file with the same arguments, in this Python if it will do."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "install.py")
    program = sys.executable if sys.version_info[:2] >= NEEDED else newer_python()
    if program is None:
        sentence = "Python 3.11 or newer is needed, this is {0}.{1}: install one, then make {2} PYTHON=/path/to/it\n"
        asked = sys.argv[1] if len(sys.argv) > 1 else "run"
        sys.stderr.write(sentence.format(sys.version_info[0], sys.version_info[1], asked))
        return 1
    return os.execv(program, [program, "-I", script, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
