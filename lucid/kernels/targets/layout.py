"""Where things lie: CPython's and NumPy's objects, and the launcher's own tables.

Offsets are in bytes. NumPy's array structure is public (``ndarraytypes.h``) and has not changed
since its first version; `native` checks it on real arrays before the first launch.
"""

#: The head of every Python object. Its last word is the type.
HEAD = object.__basicsize__
TYPE = HEAD - 8
#: ``float`` has its value, ``tuple`` its length directly after the head.
FLOAT_VALUE = HEAD
TUPLE_SIZE = HEAD
TUPLE_ITEMS = tuple.__basicsize__
#: ``PyArrayObject``.
ARRAY_DATA = HEAD
ARRAY_NDIM = HEAD + 8
ARRAY_SHAPE = HEAD + 16
ARRAY_DTYPE = HEAD + 40
ARRAY_FLAGS = HEAD + 48
C_CONTIGUOUS = 0x1
ALIGNED = 0x100
WRITEABLE = 0x400

#: The launcher's table: addresses of objects and of functions of the interpreter.
TABLE_NDARRAY = 0
TABLE_TUPLE = 8
TABLE_FLOAT = 16
TABLE_NONE = 24
TABLE_TRUE = 32
TABLE_FALSE = 40
TABLE_INCREF = 48
TABLE_AS_FLOAT = 56
TABLE_AS_INTEGER = 64
TABLE_ERROR = 72
TABLE_CLEAR = 80
TABLE_SAVE = 88
TABLE_RESTORE = 96
TABLE_CALL = 104
TABLE_DECREF = 112
TABLE_START = 120
TABLE_THREADS = 128
TABLE_POOL = 136
TABLE_INT64 = 144
TABLE_NEW_ARRAY = 152
TABLE_LARGE = 160
TABLE_ALLOCATE = 168
TABLE_CALL_WITH = 176
TABLE_NEW_TUPLE = 184
TABLE_SET_ITEM = 192
TABLE_WORDS = 25

#: A plan: one kernel with what its operands must look like.
PLAN_MAGIC = 0
PLAN_KERNEL = 8
PLAN_OPERANDS = 16
PLAN_SCALARS = 24
PLAN_GRAIN = 32
PLAN_OUTPUTS = 40
PLAN_ENTRIES = 48
#: For each operand: the dtype object, bytes from one element to the next (0 for a single one),
#: the element's size, flags that the array must have, output or not.
ENTRY_DTYPE = 0
ENTRY_STEP = 8
ENTRY_SIZE = 16
ENTRY_FLAGS = 24
ENTRY_OUTPUT = 32
ENTRY = 40
MAGIC = 0x4C75_6369_6450_6C61

#: A geometry: the part of an iteration space outside of the kernel's own loop.
GEOMETRY_MAGIC = 0
GEOMETRY_DIMS = 8
GEOMETRY_INNER = 16
GEOMETRY_WHOLE = 24
GEOMETRY_SHAPE = 32
SPACE_MAGIC = 0x4C75_6369_6447_656F
#: Neither is shorter than this.
LEAST_WORDS = 3

#: Limits of one launch; `native.plan` refuses what is larger.
MAX_OPERANDS = 64
MAX_SCALARS = 64
MAX_DIMS = 32

#: A job, on the stack of the thread that launches it.
JOB_KERNEL = 0
JOB_SCALARS = 8
JOB_OPERANDS = 16
JOB_BASES = 24
JOB_STEPS = 32
JOB_DIMS = 40
JOB_INNER = 48
JOB_SHAPE = 56
JOB_STRIDES = 64
JOB_TOTAL = 72
JOB_CHUNK = 80
JOB_CHUNKS = 88
JOB_WHOLE = 96
JOB_WORDS = 13

#: The pool. What different threads write lies two cache lines apart (processors fetch pairs).
LINE = 128
POOL_OWNER = 0
POOL_STATE = LINE
POOL_JOB = 2 * LINE
POOL_LIMIT = 2 * LINE + 8
POOL_CORE = 2 * LINE + 16
POOL_DONE = 3 * LINE
POOL_WAITING = 4 * LINE
POOL_STARTED = 5 * LINE
POOL_WANTED = 5 * LINE + 8
POOL_WAIT = 5 * LINE + 16
POOL_POST = 5 * LINE + 24
POOL_SEMAPHORE = 5 * LINE + 32
POOL_WHERE = 5 * LINE + 40
POOL_HELPERS = 6 * LINE
HELPER_ASLEEP = 0
HELPER_SEMAPHORE = 8
#: The lower half of the state counts chunks that nobody has taken, the upper half counts jobs.
REMAINING = 0xFFFF_FFFF
GENERATION = 32
