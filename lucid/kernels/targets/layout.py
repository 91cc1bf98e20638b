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
LIST_ITEMS = HEAD + 8
#: ``PyArrayObject``.
ARRAY_DATA = HEAD
ARRAY_NDIM = HEAD + 8
ARRAY_SHAPE = HEAD + 16
ARRAY_STRIDES = HEAD + 24
ARRAY_BASE = HEAD + 32
ARRAY_DTYPE = HEAD + 40
ARRAY_FLAGS = HEAD + 48
#: The first byte of that word of a dtype, and what it is for floating-point ones.
DTYPE_KIND = HEAD + 8
FLOATING = ord("f")
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
TABLE_HANDLER = 168
TABLE_SET_HANDLER = 176
TABLE_NEW_TUPLE = 184
TABLE_SET_ITEM = 192
TABLE_GET_ATTRIBUTE = 200
TABLE_VECTORCALL = 208
TABLE_CONTEXT_GET = 216
TABLE_ALLOCATE_OBJECT = 224
TABLE_NEW_LIST = 232
TABLE_FROM_INTEGER = 240
TABLE_INTEGER = 248
TABLE_ZERO = 256
#: The target in force: a context variable, the list that holds the process's default, and names.
TABLE_TARGET = 264
TABLE_DEFAULT = 272
TABLE_PARALLEL = 280
TABLE_CPU = 288
TABLE_CARRIER = 296
TABLE_ONE = 304
TABLE_IS_SUBTYPE = 312
TABLE_CALL_METHOD = 320
TABLE_RUN_PIECES = 328
#: From how many elements on calls on carriers are left to Python; 0: never. See `learning`.
TABLE_DECLINE_FROM = 336
TABLE_NO_MEMORY = 344
TABLE_WORDS = 44

#: A plan: one kernel with what its operands must look like.
PLAN_MAGIC = 0
PLAN_KERNEL = 8
PLAN_OPERANDS = 16
PLAN_SCALARS = 24
PLAN_GRAIN = 32
PLAN_OUTPUTS = 40
#: Bytes that are written for each element; 0 if the kernel can't write past the caches.
PLAN_STREAMS = 48
PLAN_ENTRIES = 56
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

#: What is remembered of calls, see `calls`: an operation with its forms, or a program with its
#: signatures. An object that is called as an operation keeps its words in its first slot.
WORDS_SLOT = HEAD
#: Where a call can't be made: it is unusual, or it is of a new kind. No object lies there.
DECLINED = 1
MISSING = 2
CALLS_TABLE = 0
CALLS_GENERAL = 8
CALLS_LEARN = 16
CALLS_COUNT = 24
CALLS_LIST = 32
MAX_CALLS = 32
#: A form: the names of the keywords, positions and options, positions and fixed values follow.
FORM_GIVEN = 0
FORM_KEYWORDS = 8
FORM_CONDITIONS = 16
FORM_VALUES = 24
FORM_PROGRAM = 32
FORM_WORDS = 40
#: A signature: plans by layout and recipes by needs, each with their number in front, then types.
MAX_ENTRIES = 8
SIGNATURE_VALUES = 0
SIGNATURE_PLANS = 8
SIGNATURE_RECIPES = SIGNATURE_PLANS + 8 + 16 * MAX_ENTRIES
SIGNATURE_TYPES = SIGNATURE_RECIPES + 8 + 16 * MAX_ENTRIES
#: A recipe for a node: an object that the node keeps, the number of outputs (an object too), a bit
#: for each output that can have a gradient; then what is read, input (0) or output (1) and index.
RECIPE_OBJECT = 0
RECIPE_OUTPUTS = 8
RECIPE_FLOATS = 16
RECIPE_READS = 24
RECIPE_LIST = 32
#: An operator: the words of its operation, the Python function, whether its operands are swapped.
OPERATOR_OPERATION = 0
OPERATOR_GENERAL = 8
OPERATOR_REFLECTED = 16
#: Up to this number Python integers reach a kernel, as float64, exactly.
EXACT = 2**53

#: A tape, see `tapes`: the form of a call down to the arrays' shapes, and all that it does.
MAX_TAPES = 128
TAPE_GIVEN = 0
TAPE_KEYWORDS = 8
TAPE_NAMES = 16
TAPE_ARGUMENTS = 24
TAPE_NEEDS = 32
TAPE_INPUTS = 40
TAPE_MADE = 48
TAPE_MADE_LIST = 56
TAPE_STEPS = 64
TAPE_STEP_LIST = 72
TAPE_OUTPUTS = 80
TAPE_OUTPUT_LIST = 88
TAPE_CARRIED = 96
TAPE_NODE = 104
TAPE_RECORD = 112
#: Most arrays of a tape, and most of its arguments.
TAPE_REGISTERS = 64
TAPE_MOST_ARGUMENTS = 32
#: An argument of such a call: its kind; an option's object, an array's dtype or the argument that
#: it is; the number of dimensions; then shape and strides.
ARGUMENT_KIND = 0
ARGUMENT_THING = 8
ARGUMENT_DIMS = 16
ARGUMENT_SHAPE = 24
IS_OPTION = 0
IS_ARRAY = 1
IS_CARRIER = 2
IS_ANOTHER = 3
#: An array that is made: dtype, bytes, dimensions and shape.
MADE_DTYPE = 0
MADE_SIZE = 8
MADE_DIMS = 16
MADE_SHAPE = 24
#: A step: a launch of a plan over a geometry, or over so many elements if that is 0; or, without a
#: plan, a check of classes of so many bytes each, which are written as integers of 32 bits.
STEP_PLAN = 0
STEP_SCALARS = 8
STEP_GEOMETRY = 16
STEP_COUNT = 24
STEP_FRAMES = 32
STEP_OPERANDS = 40
STEP_LIST = 48
STEP_CLASSES = 8
STEP_WIDTH = 16
#: What is recorded: the size of the node, how many parents, kept values and cached arrays, which
#: follow: arguments; pairs of kind (argument, object, output, array) and index; arrays.
RECORD_SIZE = 0
RECORD_PARENTS = 8
RECORD_KEPT = 16
RECORD_CACHE = 24
RECORD_LIST = 32
KEEPS_ARGUMENT = 0
KEEPS_OBJECT = 1
KEEPS_OUTPUT = 2
KEEPS_MADE = 3

#: Carriers: their types, and where the slots lie in them and in nodes.
CARRIER_TYPE = 0
CARRIER_OTHER = 8
CARRIER_DATA = 16
CARRIER_NODE = 24
CARRIER_PORT = 32
CARRIER_LEAF = 40
CARRIER_GRADIENT = 48
CARRIER_HOOKS = 56
CARRIER_VERSION = 64
CARRIER_MODE = 72
CARRIER_ENABLED = 80
CARRIER_SHAPE = 88
CARRIER_NEXT_ORDER = 96
CARRIER_NODE_TYPE = 104
NODE_RECIPE = 112
NODE_OUTPUTS = 120
NODE_PARENTS = 128
NODE_PORTS = 136
NODE_SHAPES = 144
NODE_KEPT = 152
NODE_STAMP = 160
NODE_ORDER = 168
NODE_HOOKS = 176
#: Of calls of Python functions: slots of their nodes, and objects that `nodes` needs.
FUNCTION_NEEDS = 184
FUNCTION_READS = 192
FUNCTION_METAS = 200
FUNCTION_RESULTS = 208
FUNCTION_CACHE = 216
CARRIER_FORWARD = 224
CARRIER_VIEW = 232
CARRIER_NO_READS = 240
CARRIER_FINISH = 248
#: What `sweep` calls: names of methods and attributes, functions and a lock.
CARRIER_PULL = 256
CARRIER_FRESH = 264
CARRIER_WARNS = 272
CARRIER_COPY = 280
CARRIER_LOCKED = 288
CARRIER_BACKWARD = 296
CARRIER_FITTED = 304
CARRIER_LOCK = 312
CARRIER_PULL_QUIETLY = 320
CARRIER_ADD = 328
CARRIER_SETTLE = 336

#: A rule, the words of an object that nodes of programs keep: the words of the gradients' program;
#: how many gradients go on unchanged, or how many values are read; then pairs of index and dtype
#: for these, of kind and index for those.
RULE_PROGRAM = 0
RULE_FORWARDS = 8
RULE_READS = 16
RULE_LIST = 24
READS_GRADIENT = 0
READS_INPUT = 1
READS_OUTPUT = 2

#: A sweep: how many nodes and leaves wait, and for each the object, its gradient (of a node: the
#: list of them), bits of those that are owned, and the number of the node.
SWEEP_NODES = 0
SWEEP_LEAVES = 8
SWEEP_NODE_LIST = 16
SWEEP_MOST_NODES = 64
SWEEP_MOST_LEAVES = 192
SWEEP_MOST_PORTS = 62
WAITS_GRADIENT = 8
WAITS_OWNED = 16
WAITS_ORDER = 24
WAITS = 32
SWEEP_LEAF_LIST = SWEEP_NODE_LIST + WAITS * SWEEP_MOST_NODES
SWEEP_WORDS = (SWEEP_LEAF_LIST + WAITS * SWEEP_MOST_LEAVES) // 8

#: Limits of one launch; `native.plan` refuses what is larger.
MAX_OPERANDS = 64
MAX_SCALARS = 64
MAX_DIMS = 32
#: Dimensions that `calls` looks at; more go through Python.
FEW_DIMS = 8
STRIDE_WORDS = MAX_OPERANDS * FEW_DIMS

#: Many groups of arrays in one launch: what the pieces have in common, and a piece.
MANY_GROUPS = 64
MANY_BASES = 1024
MANY_PIECES = 320
MANY_PLAN = 0
MANY_SCALARS = 8
PIECE_BASES = 0
PIECE_START = 8
PIECE_COUNT = 16
PIECE = 24
MANY_PIECE_WORDS = MANY_PIECES * PIECE // 8

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
#: 1, or -1 for a kernel that is to write past the caches.
JOB_SIGN = 104
JOB_WORDS = 14
#: Bytes: outputs of so many are written past the caches.
STREAM_FROM = 24 << 20

#: The memory of large arrays, see `heap`: what is counted, functions of the system, and for each
#: size of a block the top and the bottom of the free ones.
HEAP_LOCK = 0
HEAP_IN_USE = 8
HEAP_KEPT = 16
HEAP_LIMIT = 24
HEAP_FRESH = 32
HEAP_REUSED = 40
HEAP_COUNT = 48
HEAP_RAW_MALLOC = 56
HEAP_RAW_FREE = 64
HEAP_ADVISE = 72
HEAP_STACKS = 80
#: Sizes for each power of two, so an array is at most an eighth smaller than its block; the power
#: of the distance of the smallest sizes; how many sizes there are, and the largest.
HEAP_STEPS = 8
HEAP_FIRST_POWER = 15
HEAP_SIZES = 240
HEAP_MOST = 2**47
#: The head of a block, in front of its memory: the address that the system gave, the size of the
#: block, when it was freed, and its neighbours among the free ones.
BLOCK_RAW = 0
BLOCK_SIZE = 8
BLOCK_STAMP = 16
BLOCK_BELOW = 24
BLOCK_ABOVE = 32
BLOCK_HEAD = 64
#: Vector loads and stores of a whole cache line.
BLOCK_ALIGNMENT = 64
#: From this size on Linux is asked for pages of 2 MiB (``MADV_HUGEPAGE``).
HUGE = 4 << 20
PAGE = 4096
ADVICE = 14

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
POOL_GET_AFFINITY = 5 * LINE + 48
POOL_SET_AFFINITY = 5 * LINE + 56
POOL_MISSED = 5 * LINE + 64
POOL_HELPERS = 6 * LINE
HELPER_ASLEEP = 0
HELPER_SEMAPHORE = 8
#: The system's number of the thread, the core that it was told to keep off plus one, and a digest
#: of its mask of cores since then.
HELPER_THREAD = 16
HELPER_AVOIDS = 24
HELPER_MASK = 32
#: A mask of 1,024 cores.
MASK_WORDS = 16
#: The state: the upper half counts jobs; below it the first chunk that nobody has taken, and the
#: last one plus one. Nothing is left where they are equal.
GENERATION = 32
FRONT = 16
CHUNK_BITS = 0xFFFF
