"""Compile the CUDA kernels of the whole catalogue without a device, and look at what comes out."""
