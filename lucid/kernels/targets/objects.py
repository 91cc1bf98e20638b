"""What an object file needs from outside of itself.

LLVM ends the whole process when it loads object code whose symbols can't be found. So the names are
looked at before, in the file itself: the code generator may add calls that were not in the module
(to ``memcpy``, or to a runtime of the compiler). Only ELF, the format of Linux, is read; elsewhere
the check of the module has to do.

The layout is in the ELF-64 object file format (System V Application Binary Interface, chapter 4).
"""

import struct

__all__ = ["undefined_symbols"]

_SYMBOL_TABLE = 2
_SECTION_HEADER = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
#: Not a function: how position-independent code finds its constants.
_PROVIDED = "_GLOBAL_OFFSET_TABLE_"


def undefined_symbols(code: bytes) -> set[str]:
    """Return the names that an ELF object uses and does not define; none for other formats."""
    if code[:6] != b"\x7fELF\x02\x01":
        return set()
    (start,) = struct.unpack_from("<Q", code, 40)
    size, count = struct.unpack_from("<HH", code, 58)
    headers = [_SECTION_HEADER.unpack_from(code, start + i * size) for i in range(count)]
    names: set[str] = set()
    for _, kind, _, _, offset, length, link, *_ in headers:
        if kind != _SYMBOL_TABLE:
            continue
        strings = headers[link][4]
        for position in range(offset + _SYMBOL.size, offset + length, _SYMBOL.size):
            name, _, _, section, _, _ = _SYMBOL.unpack_from(code, position)
            if section == 0:
                end = code.index(b"\0", strings + name)
                names.add(code[strings + name : end].decode())
    return names - {_PROVIDED}
