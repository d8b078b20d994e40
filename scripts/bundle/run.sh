#!/bin/sh
# Builds, tests and measures trialforge on a machine with an NVIDIA GPU, CUDA's nvcc, a C++20 compiler and
# CMake, and without a network. Part of the bundle that `npm run bundle` packs.
set -u
bundle=$(cd "$(dirname "$0")" && pwd)
work=$bundle/work
out=${OUT:-}
budget=0
only=
jobs=$(nproc)
python=${TRIALFORGE_BENCH_PYTHON:-python3}
stages='build native goals bench-native profile typescript sanitizer bench-torch ncu kernels'

usage() {
  cat <<USAGE
Usage: sh run.sh [--out DIR] [--work DIR] [--budget SECONDS] [--only STAGE,...] [--jobs N]

  Unpacks the archives beside it and runs these stages, each with its log; one that fails does not stop
  the others. What was built stays, so that another call goes on from there, until the archives are
  others; its results take the place of the last call's.

    build         the addon, the native tests and trialforge_bench, by this machine's nvcc and CMake
    native        the native tests: those on the GPU, or without one all
    goals         the paper's network next to PyTorch, eager and compiled; MNIST to 99 %; the paper's
                  experiment
    bench-native  trialforge_bench on the GPU, each subject and precision
    profile       trialforge profile: a network's steps by layer, single operations, a trace
    typescript    the TypeScript tests that use a device
    sanitizer     some of them under compute-sanitizer: memcheck, racecheck, initcheck,
                  synccheck
    bench-torch   all of trialforge_bench next to PyTorch, where python3 has it: an hour
    ncu           some kernels under Nsight Compute
    kernels       registers and spills of every kernel

  --out DIR        results.tar.gz and summary.txt go there (default: \$OUT or results beside this file)
  --work DIR       where it unpacks and builds: a new or empty folder, or that of an earlier call (default:
                   work beside this file)
  --budget SECONDS all stages together; what does not fit is left out or cut off (default: no limit)
  --only LIST      only these stages
  --jobs N         of the build (default: one a core)
  TRIALFORGE_CUDA=OFF builds without CUDA, TRIALFORGE_BENCH_PYTHON names the interpreter with PyTorch

  The last line tells which stages passed, failed and were left out, for want of time or of what they
  need. Exit codes:
    0    nothing failed, though some may have been left out
    1    something failed, or nothing was run
    2    wrong arguments
USAGE
}

while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --out | --work | --budget | --only | --jobs)
      if [ $# -lt 2 ]; then usage >&2; exit 2; fi
      if [ -z "$2" ]; then echo "run.sh: $1 must not be empty" >&2; exit 2; fi
      case $1 in
        --out) out=$2 ;;
        --work) work=$2 ;;
        --budget) budget=$2 ;;
        --only)
          only=$(echo "$2" | tr -s ',[:space:]' ' ')
          case $only in *[!\ ]*) ;; *) echo 'run.sh: --only names no stage' >&2; exit 2 ;; esac ;;
        --jobs) jobs=$2 ;;
      esac
      shift ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
for number in "$budget" "$jobs"; do
  case $number in
    '' | *[!0-9]* | 0?* | ?????????*)
      echo "run.sh: '$number' is no whole number below 100000000" >&2; exit 2 ;;
  esac
done
if [ "$jobs" = 0 ]; then echo 'run.sh: --jobs must be 1 or more' >&2; exit 2; fi
for stage in $only; do
  case " $stages " in
    *" $stage "*) ;;
    *) echo "run.sh: there is no stage '$stage'; there are: $stages" >&2; exit 2 ;;
  esac
done

mkdir -p "$work" || exit 1
work=$(cd "$work" && pwd)
# Two folders in it are deleted at times.
if [ ! -e "$work/.bundle" ]; then
  if [ -n "$(ls -A "$work")" ]; then
    echo "run.sh: $work has other files; --work takes a new or empty folder" >&2
    exit 2
  fi
  touch "$work/.bundle" || exit 1
fi
root=$work/trialforge
results=$work/results
: "${out:=$bundle/results}"
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)
case $out/ in
  "$results"/* | "$root"/*) echo "run.sh: --out must not lie in $results or $root" >&2; exit 2 ;;
esac
summary=$out/summary.txt
started=$(date +%s)
stage=
passed=0
failed=0
left=0
ran=0
passed_stages=
failed_stages=
left_stages=
rm -rf "$results"
mkdir -p "$results"
: >"$summary"

say() {
  echo "$*"
  echo "$*" >>"$summary"
}

wanted() {
  [ -z "$only" ] && return 0
  case " $only " in *" $1 "*) return 0 ;; esac
  return 1
}

# What is left of the budget, and no more than $1 seconds; keeps some to pack the results.
allowed() {
  [ "$budget" -eq 0 ] && { echo "$1"; return; }
  rest=$((budget - ($(date +%s) - started) - 10))
  [ "$rest" -lt "$1" ] && echo "$rest" || echo "$1"
}

# Why a log's command failed: its first failed test, or its last words.
reason() {
  grep -m 1 -E '^(not ok|FAILED)' "$1" || grep -v '^ *$' "$1" | tail -n 1
}

fail() {
  say "FAILED    $1: $2"
  bad_steps=$((bad_steps + 1))
}

leave_out() {
  say "left out  $1: $2"
  left_steps=$((left_steps + 1))
}

# Counts the stage that ends here.
conclude() {
  [ -n "$stage" ] || return
  [ $((good_steps + bad_steps + left_steps)) -gt 0 ] || fail "$stage" 'there is nothing to run'
  if [ "$bad_steps" -gt 0 ]; then
    failed=$((failed + 1))
    failed_stages="$failed_stages, $stage"
  elif [ "$left_steps" -gt 0 ]; then
    left=$((left + 1))
    [ "$good_steps" -eq 0 ] || stage="$stage in part"
    left_stages="$left_stages, $stage"
  else
    passed=$((passed + 1))
    passed_stages="$passed_stages, $stage"
  fi
  stage=
}

# stage NAME: begins it, if it is wanted and there is time for it.
stage() {
  conclude
  wanted "$1" || return 1
  stage=$1
  good_steps=0
  bad_steps=0
  left_steps=0
  [ "$(allowed 5)" -ge 5 ] && return
  leave_out "$1" 'no time'
  return 1
}

# step NAME SECONDS COMMAND...: one command with a log of its own and a limit.
step() {
  name=$1
  most=$2
  limit=$(allowed "$most")
  shift 2
  if [ "$limit" -lt 5 ]; then
    leave_out "$name" 'no time'
    return 1
  fi
  begin=$(date +%s)
  timeout -k 5 "$limit" "$@" >"$results/$name.log" 2>&1 </dev/null
  status=$?
  took=$(($(date +%s) - begin))
  case $status in
    0)
      say "ok        $name, $took s"
      good_steps=$((good_steps + 1))
      ran=$((ran + 1)) ;;
    124 | 137)
      if [ "$limit" -lt "$most" ] && [ "$took" -ge "$limit" ]; then
        leave_out "$name" "cut off by the budget after $took s"
      else
        fail "$name" "timed out or killed after $took s"
      fi ;;
    *) fail "$name" "status $status after $took s: $(reason "$results/$name.log")" ;;
  esac
  return $status
}

# Other archives than before take the place of all that there is: files keep the times that they had
# where they were packed, so that a build could take old objects for theirs.
unpack() {
  archives=$(cd "$bundle" && cksum ./*.tar.xz 2>/dev/null)
  if [ -e "$root/.unpacked" ]; then
    [ -z "$archives" ] || [ "$(cat "$root/.unpacked")" = "$archives" ] && return
  fi
  rm -rf "$root"
  for archive in "$bundle"/*.tar.xz; do
    tar -xJf "$archive" -C "$work" || { say "FAILED    unpacking $archive"; exit 1; }
  done
  echo "$archives" >"$root/.unpacked"
}

unpack
cd "$root" || exit 1
PATH=$root/bin:$PATH
for cuda in /usr/local/cuda/bin /usr/local/cuda/nsight-compute; do
  [ -d "$cuda" ] && PATH=$PATH:$cuda
done
export PATH
{
  uname -a
  nproc
  nvidia-smi
  nvcc --version
  c++ --version
  cmake --version
  node --version
  "$python" -c 'import torch; print("PyTorch", torch.__version__, torch.cuda.is_available())'
} >"$results/machine.log" 2>&1
has_device=0
nvidia-smi -L >/dev/null 2>&1 && has_device=1
[ $has_device = 1 ] || say 'no NVIDIA device answers: only what needs none is run'
device=cpu
# With a device, a build without CUDA is a failure.
with_cuda=AUTO
[ $has_device = 1 ] && device=cuda && with_cuda=ON
bench=build/native/bench/trialforge_bench
tests=build/native/test/trialforge_native_tests

generator=
command -v ninja >/dev/null && generator='-G Ninja'
if stage build; then
  # shellcheck disable=SC2086
  step configure 300 cmake -S . -B build $generator -DCMAKE_BUILD_TYPE=Release \
    -DTRIALFORGE_NATIVE_TESTS=ON -DTRIALFORGE_CUDA="${TRIALFORGE_CUDA:-$with_cuda}" \
    ${CMAKE_CUDA_ARCHITECTURES:+-DCMAKE_CUDA_ARCHITECTURES="$CMAKE_CUDA_ARCHITECTURES"} \
    "-DCMAKE_JS_INC=$root/node_modules/node-api-headers/include;$root/node_modules/node-addon-api" &&
    step build 3000 cmake --build build --parallel "$jobs" \
      --target trialforge_addon trialforge_native_tests trialforge_bench
fi
[ -x "$tests" ] || say 'not built: most of the rest needs that'

# The cases that need a device.
on_device() {
  "$@" 'on cuda' 'cuda: ' 'cuda trials' cuda_few_channels 'train as one'
}
if stage native; then
  if [ $has_device = 1 ]; then
    on_device step native 300 "$tests"
  else
    step native 300 "$tests"
  fi
fi
next_to_torch() {
  name=$1
  shift
  step "$name" 300 node dist/bench/main.js "$@" --rounds 1 --device $device \
    --python "$python" --out "$results/$name.json"
}
has_torch() {
  "$python" -c 'import torch' >/dev/null 2>&1
}
if stage goals; then
  if [ $has_device = 0 ]; then
    leave_out goals 'there is no device'
  else
    for precision in bfloat16 tf32; do
      step "train-$precision" 60 node dist/src/cli/main.js train --batch-size 128 --hidden-size 128 \
        --dropout-rate 0.5045 --learning-rate 0.0005067 --epochs 8 --seed 1 --device cuda \
        --precision $precision
      if has_torch; then
        next_to_torch "goal-eager-$precision" cnn --quick --only training --precision $precision
        next_to_torch "goal-compiled-$precision" cnn --only 'dense 128, batch 128, training' \
          --peer-modes reduce-overhead --precision $precision
        next_to_torch "goal-array-$precision" trial-array --quick --only 'dense 128' \
          --precision $precision
      else
        leave_out "goals-$precision" "$python has no PyTorch"
      fi
    done
    step paper-experiment 120 node dist/src/cli/main.js compare --preset paper --device cuda \
      --precision bfloat16 --out "$results/paper"
  fi
fi
precisions=float32
[ $has_device = 1 ] && precisions='float32 tf32 bfloat16'
if stage bench-native; then
  for subject in $("$bench" --help | sed -n '/^Subjects:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
    for precision in $precisions; do
      step "bench-$subject-$precision" 120 "$bench" "$subject" --device $device \
        --precision $precision --seconds 0.05 --repeats 3
    done
  done
fi
profile() {
  name=$1
  shift
  step "profile-$name" 60 node dist/src/cli/main.js profile "$@" --device $device
}
if stage profile; then
  profile network --trace "$results/network.trace.json"
  profile network-512 --batch-size 32 --hidden-size 512
  for operation in conv2d dense max_pool2d relu adam mat_mul; do profile $operation $operation; done
fi
if stage typescript; then
  files=$(ls dist/test/native/*.test.js dist/test/nn/network.test.js dist/test/cli/profile.test.js)
  # shellcheck disable=SC2046,SC2086
  step typescript 240 env TRIALFORGE_ADDON="$root/build/Release/trialforge.node" \
    node node_modules/ava/entrypoints/cli.mjs --tap $files \
    $(find dist/test -path '*cuda*' -name '*.test.js')
fi
if stage sanitizer; then
  if [ $has_device = 0 ]; then
    leave_out sanitizer 'there is no device'
  elif command -v compute-sanitizer >/dev/null; then
    # Some cases ask for more memory than there is: a call that fails is no finding.
    on_device step memcheck 120 compute-sanitizer --tool memcheck --report-api-errors no \
      --error-exitcode 9 "$tests"
    for tool in racecheck initcheck synccheck; do
      for filter in softmax conv2d dense pool reduce; do
        step "$tool-$filter" 60 compute-sanitizer --tool $tool --report-api-errors no \
          --error-exitcode 9 "$tests" "$filter*on cuda"
      done
      step "$tool-cuda" 60 compute-sanitizer --tool $tool --report-api-errors no \
        --error-exitcode 9 "$tests" 'cuda: ' 'cuda trials' cuda_few_channels
    done
  else
    leave_out sanitizer 'there is no compute-sanitizer'
  fi
fi
if stage bench-torch; then
  if has_torch; then
    for subject in cnn conv dense pool trial-array; do
      for precision in $precisions; do
        next_to_torch "torch-$subject-$precision" $subject --precision $precision
      done
    done
  else
    leave_out bench-torch "$python has no PyTorch"
  fi
fi
if stage ncu; then
  if [ $has_device = 0 ]; then
    leave_out ncu 'there is no device'
  elif command -v ncu >/dev/null; then
    for subject in cnn conv dense; do
      step "ncu-$subject" 120 ncu --set basic --clock-control none --kernel-name-base demangled \
        --kernel-name 'regex:^(?!.*multiply_add_kernel).*$' --launch-count 40 "$bench" $subject \
        --device cuda --seconds 0.0001 --repeats 1
    done
  else
    leave_out ncu 'it is not here'
  fi
fi
if stage kernels; then
  step kernels 30 node scripts/kernel-table.mjs --check
  cp bench/KERNELS.md "$results/KERNELS-kept.md" 2>/dev/null
  node scripts/kernel-table.mjs >"$results/KERNELS.md" 2>/dev/null
fi

conclude

# named LIST: it in parentheses, unless it is empty.
named() {
  [ -z "$1" ] || echo " (${1#, })"
}
say "stages: $passed passed$(named "$passed_stages"), $failed failed$(named "$failed_stages")," \
  "$left left out$(named "$left_stages"); $(($(date +%s) - started)) s in all"
cp "$summary" "$results/"
tar -czf "$out/results.tar.gz" -C "$work" results || exit 1
[ "$failed" = 0 ] && [ "$ran" -gt 0 ]
