"""Peak resident memory of a process of its own, for the benchmarks."""

import subprocess
import sys

REPORT = """
status = open("/proc/self/status").read()  # VmHWM: of this process alone, in kB
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def peak_memory(benchmark, program, case):
    """Run `program` with the words of `case` as arguments; note and print its peak in MB.

    The program may import from this folder. Linux only.
    """
    code = "import sys\nsys.path.insert(0, 'benchmarks')\n" + program + REPORT
    run = [sys.executable, "-c", code, *case.split()]
    done = benchmark.pedantic(
        lambda: subprocess.run(run, capture_output=True, text=True, check=True)
    )
    megabytes = float(done.stdout.split()[-1])
    benchmark.extra_info["peak MB"] = megabytes
    print(f"\n   {case}: peak {megabytes:.0f} MB")
