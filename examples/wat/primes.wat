;; Counts primes by trial division and prints the number. Set a breakpoint on any instruction and press F5.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $checked (mut i32) (i32.const 0))

  (func $is_prime (param $n i32) (result i32)
    (local $divisor i32)
    (global.set $checked (i32.add (global.get $checked) (i32.const 1)))
    (local.set $divisor (i32.const 2))
    (loop $next
      (if (i32.gt_u (i32.mul (local.get $divisor) (local.get $divisor)) (local.get $n))
        (then (return (i32.const 1))))
      (if (i32.eqz (i32.rem_u (local.get $n) (local.get $divisor)))
        (then (return (i32.const 0)))) ;; @bp composite
      (local.set $divisor (i32.add (local.get $divisor) (i32.const 1)))
      (br $next))
    unreachable)

  (func $count (export "count") (param $limit i32) (result i32)
    (local $n i32)
    (local $found i32)
    (local.set $n (i32.const 2))
    (loop $next
      local.get $found
      local.get $n
      call $is_prime
      i32.add
      local.set $found ;; @bp found
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $n) (local.get $limit))))
    local.get $found)

  ;; Writes the digits of $value from the end of a buffer at 64, then the line at once.
  (func $print (param $value i32)
    (local $at i32)
    (local.set $at (i32.const 95))
    (i32.store8 (local.get $at) (i32.const 10))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
      (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
      (br_if $digit (local.get $value)))
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (i32.sub (i32.const 96) (local.get $at)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  (func $main (export "_start")
    (call $print (call $count (i32.const 100))) ;; @bp main
    (call $print (call $count (i32.const 200000)))))
