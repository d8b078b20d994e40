#!/bin/sh
# Usage: keep_ptxas.sh OBJECT COMMAND...
# Runs a compiler and keeps what ptxas tells of the kernels, which would flood the build's output, in
# OBJECT.ptxas. scripts/kernel-table.mjs reads it.
object=$1
shift
messages=$object.messages
"$@" 2>"$messages"
status=$?
about_kernels='^ptxas info|bytes stack frame'
grep -E "$about_kernels" "$messages" >"$object.ptxas"
grep -Ev "$about_kernels" "$messages" >&2
rm -f "$messages"
exit $status
