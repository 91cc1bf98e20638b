"""What CuPy lacks of NumPy, so that nothing works in the simulator that fails on a device.

The tables were read off CuPy 14 itself, with the arrays of another memory in the place of device
arrays.
"""

from __future__ import annotations

__all__ = ["ABSENT", "AT", "FROM_HOST", "REDUCED", "REFUSED_KEYWORDS"]

#: Functions and ufuncs of NumPy that CuPy does not have.
ABSENT = frozenset(
    [
        "bmat",
        "block",
        "busday_count",
        "busday_offset",
        "datetime_as_string",
        "datetime_data",
        "einsum_path",
        "errstate",
        "frompyfunc",
        "fromregex",
        "geomspace",
        "get_include",
        "getbufsize",
        "geterr",
        "geterrcall",
        "histogram_bin_edges",
        "insert",
        "is_busday",
        "isnat",
        "matrix",
        "matvec",
        "memmap",
        "nanpercentile",
        "nanquantile",
        "ndenumerate",
        "nested_iters",
        "nditer",
        "polyder",
        "polydiv",
        "polyint",
        "setbufsize",
        "seterr",
        "seterrcall",
        "spacing",
        "unstack",
        "vecdot",
        "vecmat",
    ]
)
#: Ufuncs that have ``reduce`` and ``accumulate``.
REDUCED = frozenset({"add", "multiply"})
#: Ufuncs that have ``at``.
AT = frozenset(
    ["add", "bitwise_and", "bitwise_or", "bitwise_xor", "maximum", "minimum", "subtract"]
)
#: Functions that copy an array of the host to the device.
FROM_HOST = frozenset(["array", "asanyarray", "asarray", "ascontiguousarray", "asfortranarray"])
#: Keywords that NumPy's reductions and ufuncs take and CuPy's do not.
REFUSED_KEYWORDS = frozenset({"extobj", "initial", "like", "signature", "subok", "where"})
