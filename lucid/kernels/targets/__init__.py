"""From a kernel's source text to machine code, and from arrays to a launch.

`compiler` turns source into a kernel with an address, through `machine` (LLVM) and `cache` (the
disk); `memory` is what the source imports. `native` launches kernels on arrays; its machine code is
written in `launcher` and `jobs`, in the small part of Python that `translate` compiles. `pool` has
the threads. `cuda` is the way to a device, for arrays that lie on one.
"""
