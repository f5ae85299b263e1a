"""Child processes that must not outlive their parent."""

import ctypes
import sys

_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


def end_with_parent(number: int) -> None:
    """Have the kernel send this process a signal when the thread that started it ends. Linux only, else nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
