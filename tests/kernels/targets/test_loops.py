from lucid.kernels.targets.loops import declare_independent

LOOP = """\
define void @f(ptr %x, i64 %n) {
  %first = load i64, ptr %x
  br label %head

head:
  %i = phi i64 [ 0, %0 ], [ %next, %tail ]
  %p = getelementptr i64, ptr %x, i64 %i
  %v = load i64, ptr %p
  %odd = icmp eq i64 %v, 1
  br i1 %odd, label %inside, label %tail

inside:
  store i64 0, ptr %p
  br label %tail

tail:
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %head, label %done

done:
  store i64 %first, ptr %x
  ret void
}

!0 = !{}
"""


def test_accesses_inside_of_a_loop_are_marked_and_no_others() -> None:
    lines = declare_independent(LOOP).split("\n")
    marked = [line.strip() for line in lines if "!llvm.access.group" in line]
    assert marked == [
        "%v = load i64, ptr %p, !llvm.access.group !1",
        "store i64 0, ptr %p, !llvm.access.group !1",
    ]


def test_the_closing_branch_has_the_marks() -> None:
    text = declare_independent(LOOP)
    assert "br i1 %more, label %head, label %done, !llvm.loop !2" in text
    assert '!3 = !{!"llvm.loop.parallel_accesses", !1}' in text
    assert "!2 = distinct !{!2, !3, !4}" in text
    assert '!4 = !{!"llvm.loop.interleave.count", i32 4}' in text


def test_a_loop_that_carries_a_value_is_not_interleaved() -> None:
    text = declare_independent(
        LOOP.replace("head:\n", "head:\n  %sum = phi i64 [ 0, %0 ], [ %v, %head ]\n")
    )
    assert "!2 = distinct !{!2, !3}" in text
    assert "interleave" not in text


def test_the_entry_may_have_a_label() -> None:
    text = declare_independent(
        LOOP.replace("  %first", "start:\n  %first").replace("%0 ]", "%start ]")
    )
    assert text.count("!llvm.access.group") == 2


def test_a_function_with_memory_of_its_own_is_left_alone() -> None:
    text = LOOP.replace("  %first", "  %table = alloca [4 x i64]\n  %first")
    assert declare_independent(text).strip() == text.strip()


def test_a_function_without_loops_is_left_alone() -> None:
    text = "define void @f() {\n  ret void\n}\n"
    assert declare_independent(text).strip() == text.strip()


NESTED = """\
define void @f(ptr %x, ptr %total, i64 %n) {
start:
  br label %outer

outer:
  %r = phi i64 [ 0, %start ], [ %r.next, %after ]
  %before = load i64, ptr %total
  br label %inner

inner:
  %i = phi i64 [ 0, %outer ], [ %next, %inner ]
  %p = getelementptr i64, ptr %x, i64 %i
  %v = load i64, ptr %p
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %inner, label %after

after:
  store i64 %v, ptr %total
  %r.next = add i64 %r, 1
  %again = icmp slt i64 %r.next, %n
  br i1 %again, label %outer, label %done

done:
  ret void
}
"""


def test_loops_around_others_may_add_up_in_memory() -> None:
    lines = declare_independent(NESTED).split("\n")
    marked = [line.strip() for line in lines if "!llvm.access.group" in line]
    assert marked == ["%v = load i64, ptr %p, !llvm.access.group !0"]
    assert [line.split()[0] for line in lines if "!llvm.loop !" in line] == ["br"]


def test_short_loops_compute_one_vector_at_a_time() -> None:
    assert '!"llvm.loop.interleave.count", i32 4' in declare_independent(LOOP)
    assert '!"llvm.loop.interleave.count", i32 1' in declare_independent(LOOP, short=True)
